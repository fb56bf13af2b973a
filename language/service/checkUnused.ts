import { WORKFLOW_INPUTS, type Step } from '../model/workflow.ts';
import { t } from '../model/words.ts';
import { toStepFacts } from './stepFacts.ts';
import type { WorkflowCheck } from './workflowCheck.ts';

/** What is declared and read by nobody. Only said of files without errors: a typo makes many things look unused. */
export function checkUnused(check: WorkflowCheck): void {
  if (!check.isWhole || check.findings.list.some(({ severity }) => severity === 'error')) return;
  reportParams(check);
  reportInputs(check);
  reportDatasets(check);
  for (const step of check.workflow.steps) reportForeach(check, step);
}

function reportParams({ workflow, findings, source }: WorkflowCheck): void {
  if (workflow.params.length === 0) return;
  const used = new Set(workflow.steps.flatMap((step) => toStepFacts(step).params));
  for (const { name } of workflow.params) {
    if (used.has(name)) continue;
    findings.add('unused-param', source.keyRange(['params', name]), t`No step uses the parameter \`${name}\`.`, { severity: 'info' });
  }
}

function reportInputs({ workflow, findings, source }: WorkflowCheck): void {
  if (workflow.inputs.length === 0) return;
  const used = new Set<string | undefined>(workflow.steps.flatMap((step) => toStepFacts(step).inputs));
  for (const { step, port } of Object.values(workflow.outputs)) if (step === WORKFLOW_INPUTS) used.add(port);
  for (const { name } of workflow.inputs) {
    if (used.has(name)) continue;
    findings.add('unused-input', source.keyRange(['inputs', name]), t`No step uses the input \`${name}\`.`, { severity: 'info' });
  }
}

/** A module may be there for what it does; a dataset that nobody reads is only fetched. */
function reportDatasets({ workflow, findings, source }: WorkflowCheck): void {
  const datasets = workflow.steps.filter(({ use }) => use.kind === 'dataset');
  if (datasets.length === 0) return;
  const used = new Set(workflow.steps.flatMap((step) => toStepFacts(step).upstream));
  for (const { step } of Object.values(workflow.outputs)) used.add(step);
  for (const { id } of datasets) {
    if (used.has(id)) continue;
    findings.add('unused-step', source.keyRange(['steps', id]), t`No step reads the dataset of \`${id}\`.`, { severity: 'info' });
  }
}

function reportForeach({ findings, source }: WorkflowCheck, step: Step): void {
  for (const name of toStepFacts(step).idleNames) {
    const message = t`No parameter of \`${step.id}\` uses \`\${foreach.${name}}\`, so its elements do not differ by it.`;
    findings.add('unused-foreach', source.keyRange(['steps', step.id, 'foreach', name]), message, { severity: 'info' });
  }
}
