import type { PlanDocument, PlanStep } from '../../rde-agent/protocol/documents.ts';
import type { Reason } from '../../rde-agent/protocol/reason.ts';
import { toStepPath } from './stepPaths.ts';

/** What a run would do with the tasks of one step. */
export interface PlanStatus {
  readonly total: number;
  readonly hits: number;
  readonly misses: number;
  /** those that depend on what a step above gives */
  readonly conditional: number;
  /** of all its tasks, those of a miss first, each message once */
  readonly reasons: readonly Reason[];
  /** of the tasks that would run */
  readonly predictedSeconds: number;
  /** by the tasks that would be reused */
  readonly savedSeconds: number;
}

const LOUDEST_FIRST: readonly PlanStep['decision'][] = ['miss', 'conditional', 'hit'];

/** Plans never change, and many rows ask for the same one. */
const known = new WeakMap<PlanDocument, ReadonlyMap<string, PlanStatus>>();

/**
 * What a plan says of each step of its workflow, by the step's id. A nested workflow is one step: what is inside it stands under its own path,
 * `check/score`.
 */
export function toPlanStatuses(plan: PlanDocument): ReadonlyMap<string, PlanStatus> {
  const statuses = known.get(plan) ?? summarise(plan);
  known.set(plan, statuses);
  return statuses;
}

function summarise(plan: PlanDocument): ReadonlyMap<string, PlanStatus> {
  const byStep = Map.groupBy(plan.steps, (task) => toStepPath(task.step));
  return new Map([...byStep].map(([step, tasks]) => [step, toPlanStatus(tasks)]));
}

/** Of some tasks together. */
export function toPlanStatus(tasks: readonly PlanStep[]): PlanStatus {
  const count = (decision: PlanStep['decision']): number => tasks.filter((task) => task.decision === decision).length;
  const ordered = LOUDEST_FIRST.flatMap((decision) => tasks.filter((task) => task.decision === decision));
  const reasons = new Map<string, Reason>();
  for (const reason of ordered.flatMap((task) => task.reasons)) if (!reasons.has(reason.message)) reasons.set(reason.message, reason);
  return {
    total: tasks.length,
    hits: count('hit'),
    misses: count('miss'),
    conditional: count('conditional'),
    reasons: [...reasons.values()],
    predictedSeconds: tasks.reduce((sum, task) => sum + task.predictedSeconds, 0),
    savedSeconds: tasks.reduce((sum, task) => sum + (task.saved ?? 0), 0),
  };
}
