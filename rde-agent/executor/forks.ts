import { isDynamicForeach } from '../../language/model/workflow.ts';
import { toElements } from '../engine/elements.ts';
import { splitPath } from '../engine/standing.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedStep, PinnedWorkflow } from '../protocol/pinned.ts';
import { toStepId } from '../protocol/runEvents.ts';
import type { RunView } from '../protocol/runView.ts';
import type { Submitted } from './activeRunOptions.ts';
import type { RunLibrary } from './runLibrary.ts';
import { listTasks } from './runTasks.ts';

/**
 * What a fork of a run is, with another definition. Throws `invalid-request` when nothing of that run can be part of it, and `unknown-step` when
 * the step that shall run whatever is none of it.
 */
export function toForked(
  before: Submitted,
  definition: PinnedWorkflow,
  from: string | null,
  had: HadTask,
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
  if (from !== null) assertPath(definition, from, had);
  return { origin: { kind: 'fork', run }, fork: { run, from }, ...(nominalTime === undefined ? {} : { nominalTime }) };
}

/** Whether the earlier run had a task of this path. */
export type HadTask = (path: string) => boolean;

export function toHadTask(run: string, library: RunLibrary): HadTask {
  const viewOf = (other: string): RunView | undefined => library.find(other)?.view;
  return (path) => {
    const view = viewOf(run);
    return view !== undefined && listTasks(view, viewOf).some((each) => each.path === path);
  };
}

/**
 * A step, an element of a fan-out, or one of these inside of a nested workflow. Elements that an output gives are those that the earlier run had.
 * Throws `unknown-step`.
 */
export function assertPath(definition: PinnedWorkflow, path: string, had: HadTask): void {
  assertWithin(definition, path, { workflows: definition.workflows ?? [], prefix: '', had });
}

interface Within {
  readonly workflows: readonly PinnedWorkflow[];
  /** `check/`; empty for the run itself */
  readonly prefix: string;
  readonly had: HadTask;
}

function assertWithin(definition: PinnedWorkflow, path: string, { workflows, prefix, had }: Within): void {
  const [first, rest] = splitPath(path);
  const step = definition.steps.find(({ id }) => id === first) ?? definition.steps.find(({ id }) => id === toStepId(first));
  if (step === undefined || (step.id !== first && !hasElement(step, first, () => had(prefix + first)))) {
    throw toUnknown(definition, step, first, prefix);
  }
  if (rest === null) return;
  const inner = step.kind === 'workflow' ? workflows.find(({ workflow }) => workflow === step.name) : undefined;
  if (inner === undefined) {
    throw new CairnError('unknown-step', `${prefix}${first} is no nested workflow, so there is no ${rest} inside of it`, {
      next: `Start from \`${prefix}${first}\`.`,
    });
  }
  assertWithin(inner, rest, { workflows, prefix: `${prefix}${first}/`, had });
}

function toUnknown({ workflow, steps }: PinnedWorkflow, step: PinnedStep | undefined, name: string, prefix: string): CairnError {
  const next =
    step === undefined
      ? `Its steps are ${steps.map(({ id }) => id).join(', ')}.`
      : `Start from \`${prefix}${step.id}\`, or from one of its elements that \`cairn show RUN\` lists.`;
  return new CairnError('unknown-step', `${workflow} has no step ${name}`, { next });
}

/** Of a fan-out over an output it is the earlier run that says. */
function hasElement({ id, foreach }: PinnedStep, task: string, had: () => boolean): boolean {
  if (foreach === undefined) return false;
  if (isDynamicForeach(foreach)) return had();
  return toElements(foreach).names.some((name) => `${id}[${name}]` === task);
}
