import type { Diagnostic } from '../model/diagnostic.ts';
import { toConditionSteps } from '../model/condition.ts';
import type { Ordering } from '../model/graph.ts';
import type { Workflow } from '../model/workflow.ts';
import { t } from '../model/words.ts';
import { createFindings } from '../parse/findings.ts';
import type { ParsedFile } from '../parse/parsedFile.ts';
import type { ValuePath } from '../parse/sourceMap.ts';
import { checkCondition } from './checkCondition.ts';
import { checkForeach, checkJoin } from './checkFlow.ts';
import { checkInputs, checkOutputs, toPlacedReferences } from './checkInputs.ts';
import { checkLabels } from './checkLabels.ts';
import { checkNamespace } from './checkNamespace.ts';
import { checkSchedule } from './checkSchedule.ts';
import { checkStepParams } from './checkStepParams.ts';
import { checkUnused } from './checkUnused.ts';
import { checkUse } from './checkUse.ts';
import type { Surroundings } from './questions.ts';
import { collectStepPorts, type StepPorts } from './stepPorts.ts';
import type { WorkflowCheck } from './workflowCheck.ts';
import type { WorkflowMemory } from './workflowMemory.ts';

/**
 * Everything that a workflow says about steps, ports, columns and parameters, against what its modules, datasets and nested workflows say.
 * `memory`: of this file's checks; steps that it knows to be clean are not looked at again.
 */
export function checkWorkflow(parsed: ParsedFile<Workflow>, surroundings: Surroundings, memory: WorkflowMemory): readonly Diagnostic[] {
  const workflow = parsed.value;
  if (workflow === undefined) return [];
  const check: WorkflowCheck = {
    workflow,
    steps: collectStepPorts(workflow, surroundings),
    source: parsed.source,
    findings: createFindings(parsed.file),
    surroundings,
    isWhole: !parsed.diagnostics.some(({ severity }) => severity === 'error'),
  };
  checkNamespace(check.findings, parsed.source, 'workflow', workflow.name, surroundings);
  for (const ports of check.steps.values()) {
    if (check.findings.isFull) break;
    if (!memory.isClean(check, ports)) checkStep(check, ports, memory);
  }
  checkOutputs(check);
  const ordering = memory.toOrdering(workflow);
  checkCycle(check, ordering);
  checkLabels(check, ordering);
  checkSchedule(check);
  checkUnused(check);
  reportEmpty(check);
  return check.findings.list;
}

function checkStep(check: WorkflowCheck, ports: StepPorts, memory: WorkflowMemory): void {
  const before = check.findings.list.length;
  checkUse(check, ports);
  checkInputs(check, ports);
  checkForeach(check, ports);
  checkStepParams(check, ports);
  checkCondition(check, ports);
  checkJoin(check, ports);
  if (check.findings.list.length === before && !check.findings.isFull) memory.setClean(check, ports);
}

function reportEmpty({ workflow, findings, source, isWhole }: WorkflowCheck): void {
  if (workflow.steps.length > 0 || !isWhole) return;
  findings.add('empty-workflow', source.keyRange(['steps']), t('This workflow has no steps: there is nothing to run.'), {
    severity: 'warning',
  });
}

function checkCycle(check: WorkflowCheck, ordering: Ordering): void {
  const { findings, source } = check;
  if (ordering.kind === 'ordered') return;
  const [user = '', used = ''] = ordering.path;
  const way = ordering.path.toReversed().join(' → ');
  findings.add('cycle', source.valueRange(toPlaceOfUse(check, user, used)), t`Steps wait for each other: ${way}.`);
}

/** Where a step says that it waits for another. */
function toPlaceOfUse({ steps }: WorkflowCheck, user: string, used: string): ValuePath {
  const ports = steps.get(user);
  const found = ports === undefined ? undefined : toPlacedReferences(ports).find(({ reference }) => reference.step === used);
  const when = ports?.step.when;
  if (found === undefined && when !== undefined && toConditionSteps(when).includes(used)) return ['steps', user, 'when'];
  return found?.path ?? ['steps', user];
}
