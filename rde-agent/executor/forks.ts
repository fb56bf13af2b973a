import { isDynamicForeach } from '../../language/model/workflow.ts';
import { toElements } from '../engine/elements.ts';
import { splitPath } from '../engine/standing.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedStep, PinnedWorkflow } from '../protocol/pinned.ts';
import { toStepId } from '../protocol/runEvents.ts';
import type { Submitted } from './activeRunOptions.ts';

/**
 * What a fork of a run is, with another definition. Throws `invalid-request` when nothing of that run can be part of it, and `unknown-step` when
 * the step that shall run whatever is none of it.
 */
export function toForked(
  before: Submitted,
  definition: PinnedWorkflow,
  from: string | null,
): Pick<Submitted, 'origin' | 'fork' | 'nominalTime'> {
  const { run, nominalTime } = before;
  const names = new Map(before.definition.steps.map((step) => [step.id, step.name]));
  if (definition.workflow !== before.definition.workflow && !definition.steps.some((step) => names.get(step.id) === step.name)) {
    throw new CairnError(
      'invalid-request',
      `Run ${run} is of ${before.definition.workflow}, which has no step in common with ${definition.workflow}`,
      { next: `Fork a run of ${definition.workflow}; \`cairn runs --workflow ${definition.workflow}\` lists them.` },
    );
  }
  if (from !== null) assertPath(definition, from, definition);
  return { origin: { kind: 'fork', run }, fork: { run, from }, ...(nominalTime === undefined ? {} : { nominalTime }) };
}

/** A step, an element of a fan-out over values that the file names, or one of these inside of a nested workflow. Throws `unknown-step`. */
export function assertPath(definition: PinnedWorkflow, path: string, { workflows = [] }: PinnedWorkflow): void {
  const [first, rest] = splitPath(path);
  const step = definition.steps.find(({ id }) => id === first) ?? definition.steps.find(({ id }) => id === toStepId(first));
  if (step === undefined || (step.id !== first && !hasElement(step, first))) {
    const known = definition.steps.map(({ id }) => id).join(', ');
    throw new CairnError('unknown-step', `${definition.workflow} has no step ${first}`, { next: `Its steps are ${known}.` });
  }
  if (rest === null) return;
  const inner = step.kind === 'workflow' ? workflows.find(({ workflow }) => workflow === step.name) : undefined;
  if (inner === undefined) {
    throw new CairnError('unknown-step', `${first} is no nested workflow, so there is no ${rest} inside of it`, {
      next: `Start from \`${first}\`.`,
    });
  }
  assertPath(inner, rest, { ...inner, workflows });
}

/** Elements that an output gives are known only when the run has come to them. */
function hasElement({ id, foreach }: PinnedStep, task: string): boolean {
  if (foreach === undefined || isDynamicForeach(foreach)) return false;
  return toElements(foreach).names.some((name) => `${id}[${name}]` === task);
}
