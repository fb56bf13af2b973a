import type { Diagnostic } from '../model/diagnostic.ts';
import { toTopologicalOrder } from '../model/graph.ts';
import { toReferences, type Step, type Workflow } from '../model/workflow.ts';
import { createFindings, toSuggestion } from '../parse/findings.ts';
import type { ParsedFile } from '../parse/parsedFile.ts';
import { checkInputs, checkOutputs } from './checkReferences.ts';
import { checkStepParams } from './checkStepParams.ts';
import type { Surroundings } from './questions.ts';
import { collectStepPorts, type StepPorts } from './stepPorts.ts';
import type { WorkflowCheck } from './workflowCheck.ts';

/** Everything that a workflow says about steps, ports, columns and parameters, against what its modules and datasets say. */
export function checkWorkflow(parsed: ParsedFile<Workflow>, surroundings: Surroundings): readonly Diagnostic[] {
  const workflow = parsed.value;
  if (workflow === undefined) return [];
  const steps = collectStepPorts(workflow, surroundings);
  const check: WorkflowCheck = { workflow, steps, source: parsed.source, findings: createFindings(parsed.file) };
  for (const ports of steps.values()) {
    if (check.findings.isFull) break;
    checkUse(check, ports, surroundings);
    checkInputs(check, ports);
    checkStepParams(check, ports);
  }
  checkOutputs(check);
  checkCycle(check);
  return check.findings.list;
}

function checkUse({ findings, source }: WorkflowCheck, { step, source: found }: StepPorts, surroundings: Surroundings): void {
  if (found !== undefined) return;
  const { use } = step;
  if (use.kind === 'workflow') return;
  const name = use.kind === 'module' ? use.module : use.dataset;
  const range = source.valueRange(['steps', step.id, use.kind, '@name']);
  if (use.kind === 'module' && use.tag !== undefined) {
    const message = `\`${name}\` is not in this workspace; what \`@${use.tag}\` means is known only to an agent.`;
    findings.add('unresolved-tag', source.valueRange(['steps', step.id, use.kind]), message, { severity: 'info' });
    return;
  }
  const { hint, options } = toSuggestion({ file: source.file, range }, name, surroundings.names(use.kind));
  findings.add(
    use.kind === 'module' ? 'unknown-module' : 'unknown-dataset',
    range,
    `There is no ${use.kind} \`${name}\`${hint || '.'}`,
    options,
  );
}

/** Steps that a step takes something from, each once. */
export function toUpstream(step: Step): readonly string[] {
  return [...new Set(Object.values(step.inputs).flatMap((input) => toReferences(input).map((reference) => reference.step)))];
}

function checkCycle({ workflow, findings, source }: WorkflowCheck): void {
  const ordering = toTopologicalOrder(new Map(workflow.steps.map((step) => [step.id, toUpstream(step)])));
  if (ordering.kind === 'ordered') return;
  const [user = '', used = ''] = ordering.path;
  const step = workflow.steps.find(({ id }) => id === user);
  const port = Object.entries(step?.inputs ?? {}).find(([, input]) => toReferences(input).some(({ step: id }) => id === used))?.[0] ?? '';
  const way = ordering.path.toReversed().join(' → ');
  findings.add('cycle', source.valueRange(['steps', user, 'in', port]), `Steps wait for each other: ${way}.`);
}
