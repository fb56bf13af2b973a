import type { TaskError, TaskId } from '../protocol/runEvents.ts';
import type { SkipReason } from './runState.ts';
import type { TaskNode, TaskSource } from './taskNode.ts';

/**
 * What has to happen next. The executor carries commands out and records what came of them as events. Commands may be carried out
 * late and in any order: `RunMachine.wants(command)` says whether one is still to be carried out.
 */
export type RunCommand =
  /** decide: reuse or run. Of a nested workflow: begin its run */
  | { readonly kind: 'dispatch'; readonly task: TaskNode }
  /** dispatch after a pause */
  | { readonly kind: 'wait'; readonly task: TaskNode; readonly seconds: number }
  /** read the elements of a fan-out and record `step.expanded`, or `task.failed` (`fan-out-failed`) of the placeholder */
  | { readonly kind: 'expand'; readonly task: TaskNode; readonly from: { readonly [name: string]: TaskSource } }
  /** stop the running attempt, then record how it ended: `task.cancelled` with this `because`, unless it ended otherwise before */
  | { readonly kind: 'abort'; readonly task: TaskNode; readonly because: EndReason }
  /** record `task.lost`: its process went with an earlier agent */
  | { readonly kind: 'lose'; readonly task: TaskNode; readonly attempt: number }
  /** record `task.cancelled` of a task that does not run */
  | { readonly kind: 'cancel'; readonly task: TaskNode; readonly because: EndReason }
  /** record `task.skipped` */
  | { readonly kind: 'skip'; readonly task: TaskNode; readonly because: TaskId; readonly reason: SkipReason }
  /** record `task.failed` for good, with the attempt that it has had (0): it cannot even be tried */
  | { readonly kind: 'fail'; readonly task: TaskNode; readonly error: TaskError }
  | { readonly kind: 'finish'; readonly state: FinishState };

export type FinishState = 'succeeded' | 'failed' | 'cancelled';

/** Why a task is ended early: the run was cancelled, or the join that it was for has enough. */
export type EndReason = 'run' | 'not-needed';
