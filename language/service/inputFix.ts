import type { Fix } from '../model/diagnostic.ts';
import type { InputPort } from '../model/module.ts';
import { toPortMisfits } from '../model/portFit.ts';
import { toUpstreamSteps, WORKFLOW_INPUTS, type Reference, type Step } from '../model/workflow.ts';
import { t } from '../model/words.ts';
import { toReferenceText } from './checkReferences.ts';
import { toEntryInsertion } from './insertEntry.ts';
import { toDelivered } from './stepPorts.ts';
import type { WorkflowCheck } from './workflowCheck.ts';

const STEP_KEYS = [
  'module',
  'dataset',
  'workflow',
  'description',
  'in',
  'params',
  'foreach',
  'product',
  'join',
  'when',
  'retry',
  'timeout',
  'priority',
  'cluster',
  'cache',
];

/** Gives an input the only output that fits, or the only one of its name among those; `undefined` where there is a choice. */
export function toInputFix(check: WorkflowCheck, step: Step, port: InputPort): Fix | undefined {
  const { source } = check;
  const fitting = toCandidates(check, step).filter((candidate) => isFitting(check, candidate, port));
  const named = fitting.filter((candidate) => candidate.port === port.name);
  const [reference, ...others] = fitting.length === 1 ? fitting : named;
  if (reference === undefined || others.length > 0) return undefined;
  const text = toReferenceText(reference);
  const written = text.includes('[') ? JSON.stringify(text) : text;
  const path = ['steps', step.id];
  const edit = source.has([...path, 'in'])
    ? toEntryInsertion(source, [...path, 'in'], Object.keys(step.inputs), { key: port.name, value: written })
    : toEntryInsertion(source, path, STEP_KEYS, { key: 'in', value: `{ ${port.name}: ${written} }` }, ['module', 'workflow']);
  return edit === undefined ? undefined : { title: t`Give it \`${text}\``, edits: [edit] };
}

function isFitting({ workflow, steps }: WorkflowCheck, reference: Reference, port: InputPort): boolean {
  const given = toDelivered(reference, workflow.inputs, steps);
  return given !== undefined && toPortMisfits(given, port.type).length === 0;
}

/** Everything that could be referred to without a way back to this step. */
function toCandidates({ workflow, steps }: WorkflowCheck, step: Step): readonly Reference[] {
  const below = toDownstream(workflow.steps, step.id);
  const inputs = workflow.inputs.map(({ name }): Reference => ({ step: WORKFLOW_INPUTS, port: name, select: { kind: 'none' } }));
  const outputs = [...steps.values()]
    .filter((ports) => !below.has(ports.step.id))
    .flatMap(({ step: { id, foreach }, contract }) =>
      (contract?.outputs ?? []).map(({ name }): Reference => ({
        step: id,
        port: name,
        select: { kind: foreach === undefined ? 'none' : 'all' },
      })),
    );
  return [...inputs, ...outputs];
}

/** A step and everything that waits for it. */
function toDownstream(steps: readonly Step[], id: string): ReadonlySet<string> {
  const users = new Map<string, string[]>();
  for (const step of steps) for (const upstream of toUpstreamSteps(step)) users.set(upstream, [...(users.get(upstream) ?? []), step.id]);
  const below = new Set([id]);
  for (const found of below) for (const user of users.get(found) ?? []) below.add(user);
  return below;
}
