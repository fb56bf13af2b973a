import type { PlanDocument } from '../../rde-agent/protocol/documents.ts';
import type { RunView } from '../../rde-agent/protocol/runView.ts';
import type { TaskView } from '../../rde-agent/protocol/taskView.ts';
import { toStepPath } from '../protocol/stepPaths.ts';

/** A step with what it took, or will take, from its start to its end: waiting for a worker is no part of it. */
export interface TimedStep {
  readonly id: string;
  readonly needs: readonly string[];
  readonly seconds: number;
}

/** When a step could be done at best, and how late it may be without making the whole later. Seconds from the start. */
export interface StepTimes {
  readonly earliestStart: number;
  readonly earliestFinish: number;
  readonly latestFinish: number;
  /** by how much it may be longer, or begin later, before the whole takes longer */
  readonly slack: number;
  /** it takes time, and none of it can be spared */
  readonly isCritical: boolean;
}

export interface CriticalPath {
  readonly times: ReadonlyMap<string, StepTimes>;
  /** the longest chain, first to last: each needs the one before; empty where nothing takes time */
  readonly path: readonly string[];
  /** of the whole, were there always a worker free */
  readonly seconds: number;
}

/** Sums of fractions differ by their order. */
const TOLERANCE = 1e-6;

/**
 * The critical path method (Kelley and Walker, 1959): a walk down for the earliest times, a walk up for the latest. Needs that are
 * not among the steps are taken as done; of a cycle, which only a broken file has, some need is taken as done as well.
 */
export function findCriticalPath(steps: readonly TimedStep[]): CriticalPath {
  const ordered = toDoableOrder(steps);
  const place = new Map(ordered.map((step, index) => [step.id, index]));
  const needsOf = ordered.map((step, index) => step.needs.flatMap((id) => findBefore(place, id, index)));
  const starts = new Float64Array(ordered.length);
  const finishes = new Float64Array(ordered.length);
  ordered.forEach((step, index) => {
    const start = (needsOf[index] ?? []).reduce((latest, need) => Math.max(latest, finishes[need] ?? 0), 0);
    starts[index] = start;
    finishes[index] = start + step.seconds;
  });
  const seconds = finishes.reduce((most, finish) => Math.max(most, finish), 0);
  const latest = new Float64Array(ordered.length).fill(seconds);
  for (let index = ordered.length - 1; index >= 0; index--) {
    const start = (latest[index] ?? 0) - (ordered[index]?.seconds ?? 0);
    for (const need of needsOf[index] ?? []) latest[need] = Math.min(latest[need] ?? 0, start);
  }
  const times = ordered.map((step, index) => toTimes(step, starts[index] ?? 0, finishes[index] ?? 0, latest[index] ?? 0));
  return {
    times: new Map(ordered.flatMap((step, index) => (times[index] === undefined ? [] : [[step.id, times[index]]]))),
    path: toPath(ordered, needsOf, starts, finishes),
    seconds,
  };
}

function findBefore(place: ReadonlyMap<string, number>, id: string, index: number): readonly number[] {
  const at = place.get(id);
  return at === undefined || at >= index ? [] : [at];
}

function toTimes(step: TimedStep, earliestStart: number, earliestFinish: number, latestFinish: number): StepTimes {
  const room = latestFinish - earliestFinish;
  const slack = room < TOLERANCE ? 0 : room;
  return { earliestStart, earliestFinish, latestFinish, slack, isCritical: slack === 0 && step.seconds > 0 };
}

/** Each after what it needs, as far as there is no cycle; otherwise in the order given. */
function toDoableOrder(steps: readonly TimedStep[]): readonly TimedStep[] {
  const byId = new Map(steps.map((step) => [step.id, step]));
  const waiting = new Map(steps.map((step) => [step.id, step.needs.filter((need) => byId.has(need)).length]));
  const neededBy = new Map<string, string[]>(steps.map((step) => [step.id, []]));
  for (const step of steps) for (const need of step.needs) neededBy.get(need)?.push(step.id);
  const ready = steps.filter((step) => waiting.get(step.id) === 0);
  for (const step of ready) {
    for (const id of neededBy.get(step.id) ?? []) {
      const left = (waiting.get(id) ?? 0) - 1;
      waiting.set(id, left);
      const next = byId.get(id);
      if (left === 0 && next !== undefined) ready.push(next);
    }
  }
  const placed = new Set(ready);
  return [...ready, ...steps.filter((step) => !placed.has(step))];
}

/** Back from what ends last, each time to the need that it began after; the first in order where several would do. */
function toPath(
  ordered: readonly TimedStep[],
  needsOf: readonly (readonly number[])[],
  starts: Float64Array,
  finishes: Float64Array,
): readonly string[] {
  const last = finishes.reduce((best, finish, index) => (finish > (finishes[best] ?? 0) + TOLERANCE ? index : best), 0);
  const path: string[] = [];
  if ((finishes[last] ?? 0) <= TOLERANCE) return path;
  for (let at: number | undefined = last; at !== undefined;) {
    const start: number = starts[at] ?? 0;
    path.push(ordered[at]?.id ?? '');
    at = start <= TOLERANCE ? undefined : needsOf[at]?.find((need) => (finishes[need] ?? 0) >= start - TOLERANCE);
  }
  return path.reverse();
}

/**
 * The steps of a run. What runs still has taken as long as it has so far (`now`: milliseconds since 1970), what is reused or waits
 * takes nothing. A fan-out takes from the start of its first task to the end of its last.
 */
export function toTimedSteps(run: RunView, now: number): readonly TimedStep[] {
  return run.steps.map((step) => ({
    id: step.id,
    needs: step.needs,
    seconds: toSpan(
      step.tasks.flatMap((id) => run.tasks[id] ?? []),
      now,
    ),
  }));
}

function toSpan(tasks: readonly TaskView[], now: number): number {
  const ran = tasks.filter((task) => task.started !== null && task.decision !== 'reused');
  if (ran.length === 0) return 0;
  const ends = ran.map((task) => (task.finished === null ? now : Date.parse(task.finished)));
  // Of a task that was told of only when it had ended (one of a batch), start and end are the same, and its seconds say more.
  const begins = ran.map((task, index) => Math.min(Date.parse(toFirstStart(task)), (ends[index] ?? now) - task.seconds * 1000));
  const span = ends.reduce((most, at) => Math.max(most, at)) - begins.reduce((least, at) => Math.min(least, at));
  return Math.max(0, span / 1000);
}

/** Attempts that failed, and the waits between them, are time that the step has taken. */
function toFirstStart({ earlier, started }: TaskView): string {
  return earlier?.[0]?.started ?? started ?? '';
}

/**
 * The steps of a plan with what they are predicted to take. The tasks of a fan-out are taken to run side by side; what is inside a
 * nested workflow is part of the step that nests it.
 */
export function toPlannedSteps(plan: PlanDocument, edges: readonly { readonly from: string; readonly to: string }[]): readonly TimedStep[] {
  const seconds = new Map<string, number>();
  for (const task of plan.steps) {
    const id = toStepPath(task.step);
    if (!id.includes('/')) seconds.set(id, Math.max(seconds.get(id) ?? 0, task.predictedSeconds));
  }
  const needs = Map.groupBy(edges, (edge) => edge.to);
  return [...seconds].map(([id, each]) => ({ id, seconds: each, needs: (needs.get(id) ?? []).map((edge) => edge.from) }));
}
