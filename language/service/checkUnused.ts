import type { Condition } from '../model/condition.ts';
import { toReferences, toUpstreamSteps, WORKFLOW_INPUTS, type Step, type Workflow } from '../model/workflow.ts';
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
  const used = new Set(
    workflow.steps.flatMap((step) => [...toSubstituted(step, 'params'), ...(step.when === undefined ? [] : toParamNames(step.when))]),
  );
  for (const { name } of workflow.params) {
    if (used.has(name)) continue;
    findings.add('unused-param', source.keyRange(['params', name]), `No step uses the parameter \`${name}\`.`, { severity: 'info' });
  }
}

function reportInputs({ workflow, findings, source }: WorkflowCheck): void {
  const used = new Set(toAllReferences(workflow).flatMap(({ step, port }) => (step === WORKFLOW_INPUTS ? [port] : [])));
  for (const { name } of workflow.inputs) {
    if (used.has(name)) continue;
    findings.add('unused-input', source.keyRange(['inputs', name]), `No step uses the input \`${name}\`.`, { severity: 'info' });
  }
}

/** A module may be there for what it does; a dataset that nobody reads is only fetched. */
function reportDatasets({ workflow, findings, source }: WorkflowCheck): void {
  const used = new Set([...workflow.steps.flatMap(toUpstreamSteps), ...Object.values(workflow.outputs).map(({ step }) => step)]);
  for (const { id, use } of workflow.steps) {
    if (use.kind !== 'dataset' || used.has(id)) continue;
    findings.add('unused-step', source.keyRange(['steps', id]), `No step reads the dataset of \`${id}\`.`, { severity: 'info' });
  }
}

function reportForeach({ findings, source }: WorkflowCheck, step: Step): void {
  const used = new Set(toSubstituted(step, 'foreach'));
  for (const name of step.foreach?.names ?? []) {
    if (used.has(name)) continue;
    const message = `No parameter of \`${step.id}\` uses \`\${foreach.${name}}\`, so its elements do not differ by it.`;
    findings.add('unused-foreach', source.keyRange(['steps', step.id, 'foreach', name]), message, { severity: 'info' });
  }
}

function toSubstituted(step: Step, scope: 'params' | 'foreach'): readonly string[] {
  return Object.values(step.params).flatMap((value) =>
    value.kind === 'literal'
      ? []
      : value.parts.flatMap((part) => (part.kind === 'substitution' && part.scope === scope ? [part.name] : [])),
  );
}

function toParamNames(condition: Condition): readonly string[] {
  switch (condition.kind) {
    case 'param':
      return [condition.name];
    case 'not':
      return toParamNames(condition.of);
    case 'and':
    case 'or':
    case 'compare':
      return [...toParamNames(condition.left), ...toParamNames(condition.right)];
    default:
      return [];
  }
}

function toAllReferences(workflow: Workflow): ReturnType<typeof toReferences> {
  const ofSteps = workflow.steps.flatMap((step) => [
    ...Object.values(step.inputs).flatMap(toReferences),
    ...Object.values(step.foreach?.from ?? {}),
  ]);
  return [...ofSteps, ...Object.values(workflow.outputs)];
}
