import { toConditionSteps } from '../../language/model/condition.ts';
import { toReferences, WORKFLOW_INPUTS, type Reference } from '../../language/model/workflow.ts';
import { splitPath } from '../engine/standing.ts';
import type { PinnedStep, PinnedWorkflow } from '../protocol/pinned.ts';
import { toStepId } from '../protocol/runEvents.ts';

/** A step on the way to a task: of a nested workflow, or the task's own at the end. */
interface Level {
  /** `check/`; empty for the run itself */
  readonly prefix: string;
  readonly step: PinnedStep;
}

/**
 * The first of `different` (paths of tasks) that a task reads: beside it, or through the inputs of the workflows that it is nested in. `undefined` =
 * it reads none of them.
 */
export function findUpstream(path: string, definition: PinnedWorkflow, different: readonly string[]): string | undefined {
  const reads = toReads(toLevels(path, definition));
  return different.find((other) => reads.some((isRead) => isRead(other)));
}

function toLevels(path: string, definition: PinnedWorkflow): readonly Level[] {
  const levels: Level[] = [];
  let flow: PinnedWorkflow | undefined = definition;
  let prefix = '';
  let rest: string | null = path;
  while (flow !== undefined && rest !== null) {
    const [first, inner] = splitPath(rest);
    const step: PinnedStep | undefined = flow.steps.find(({ id }) => id === first) ?? flow.steps.find(({ id }) => id === toStepId(first));
    if (step === undefined) break;
    levels.push({ prefix, step });
    flow = definition.workflows?.find(({ workflow }) => workflow === step.name);
    prefix += `${first}/`;
    rest = inner;
  }
  return levels;
}

type IsRead = (path: string) => boolean;

function toReads(levels: readonly Level[]): readonly IsRead[] {
  const last = levels.at(-1);
  if (last === undefined) return [];
  const { prefix, step } = last;
  const conditions = step.when === undefined ? [] : toConditionSteps(step.when);
  // Which elements a workflow is for reaches what is inside of it as parameters.
  const around = levels.flatMap((level, index) => toForeach(level.step).flatMap((each) => toRead(each, levels.slice(0, index + 1))));
  return [
    ...Object.values(step.inputs).flatMap((input) => toReferences(input).flatMap((each) => toRead(each, levels))),
    ...around,
    ...conditions.map((id) => isOfStep(prefix, id)),
  ];
}

function toForeach({ foreach }: PinnedStep): readonly Reference[] {
  return Object.values(foreach?.from ?? {});
}

/** What a reference of the last of `levels` names; inputs of a workflow are what the step around it is given. */
function toRead({ step, port, select }: Reference, levels: readonly Level[]): readonly IsRead[] {
  const prefix = levels.at(-1)?.prefix ?? '';
  if (step !== WORKFLOW_INPUTS) {
    const element = `${prefix}${step}`;
    return [select.kind === 'one' ? (path) => path === `${element}[${select.element}]` : isOfStep(prefix, step)];
  }
  const outer = levels.slice(0, -1);
  const given = port === undefined ? undefined : outer.at(-1)?.step.inputs[port];
  return given === undefined ? [] : toReferences(given).flatMap((each) => toRead(each, outer));
}

function isOfStep(prefix: string, step: string): IsRead {
  return (path) => {
    if (!path.startsWith(prefix)) return false;
    const [first, rest] = splitPath(path.slice(prefix.length));
    return rest === null && toStepId(first) === step;
  };
}
