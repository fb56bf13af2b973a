import type { Reason } from './reason.ts';
import { toSavedSeconds } from './savedSeconds.ts';
import type { Distrust, OutputRecord, RanTask, RunEvent, TaskError, TaskId, TaskTiming, WorkerRecord } from './runEvents.ts';

export type TaskState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled' | 'skipped';

/** An attempt that is over, and that another followed or will follow. */
export interface PastAttempt {
  /** from 1 */
  readonly attempt: number;
  /** RFC 3339 */
  readonly started: string;
  readonly finished: string;
  /** `lost`: its process was gone with an earlier agent, which was noticed at `finished` */
  readonly end: 'failed' | 'lost';
  /** why it failed; `null` = it was lost */
  readonly error: TaskError | null;
}

/** One task as everyone sees it. Built only by `reduceTask`. */
export interface TaskView {
  readonly id: TaskId;
  readonly step: string;
  readonly state: TaskState;
  /** `null` until decided */
  readonly decision: 'executed' | 'reused' | null;
  readonly reasons: readonly Reason[];
  readonly against: string | null;
  readonly key: string | null;
  readonly attempts: number;
  /** the attempts before the newest, first to last, and the newest too while the next is waited for; absent = none */
  readonly earlier?: readonly PastAttempt[];
  readonly cluster: string;
  readonly worker: WorkerRecord | null;
  readonly started: string | null;
  readonly finished: string | null;
  /** of the last attempt; 0 for a reused one */
  readonly seconds: number;
  /** where the seconds went; `null` = not executed, or not told */
  readonly timing: TaskTiming | null;
  readonly saved: number;
  readonly outputs: { readonly [port: string]: OutputRecord };
  readonly metrics: { readonly [name: string]: number };
  readonly progress: { readonly done: number; readonly total: number | null; readonly message: string } | null;
  readonly error: TaskError | null;
  /** somebody else computes the same, and it waits for that; `run` and `task` where that may be told */
  readonly waitsFor?: { readonly run?: string; readonly task?: TaskId };
  /** of a nested workflow: its own run, of the last attempt */
  readonly run?: string;
  /** of a skipped task; absent in runs of before there were reasons: something above it failed */
  readonly skipped?: { readonly because: TaskId; readonly reason: 'upstream' | 'condition' | 'join' };
  /** an audit got another result than the one that the task has; absent = nothing is known against it */
  readonly distrusted?: Distrust;
  /** of a cancelled task: the join that it was for had enough; absent = the run was cancelled */
  readonly notNeeded?: true;
}

export type TaskEvent = Extract<RunEvent, { readonly task: TaskId }>;

/** Shared by all tasks that have none yet: a run may have ten thousand. */
const NOTHING = {};
const NO_REASONS: readonly Reason[] = [];

export function toQueuedTask(id: TaskId, step: string, cluster: string): TaskView {
  return {
    id,
    step,
    state: 'queued',
    decision: null,
    reasons: NO_REASONS,
    against: null,
    key: null,
    attempts: 0,
    cluster,
    worker: null,
    started: null,
    finished: null,
    seconds: 0,
    timing: null,
    saved: 0,
    outputs: NOTHING,
    metrics: NOTHING,
    progress: null,
    error: null,
  };
}

/** The four ends: what is recorded of the task later changes nothing of what it came to. */
export function isEnded({ state }: TaskView): boolean {
  return state !== 'queued' && state !== 'running';
}

/** What an event makes of its task. Pure. An event of an unknown type (from a newer agent) changes nothing. */
export function reduceTask(task: TaskView, event: TaskEvent, at: string): TaskView {
  if (event.type === 'task.distrusted') return { ...task, distrusted: toDistrust(event) };
  if (isEnded(task)) return task;
  if (event.type === 'task.waiting') return { ...task, waitsFor: { ...event.for } };
  return changeTask(withoutWait(task), event, at);
}

/** Whatever happens to it after it has waited, it waits no more. */
function withoutWait(task: TaskView): TaskView {
  if (task.waitsFor === undefined) return task;
  const { waitsFor: _waitsFor, ...rest } = task;
  return rest;
}

function changeTask(task: TaskView, event: Exclude<TaskEvent, { type: 'task.waiting' | 'task.distrusted' }>, at: string): TaskView {
  switch (event.type) {
    case 'task.reused':
      return toReused(task, event, at);
    case 'task.started':
      return toStarted(task, event, at);
    case 'task.running':
      return { ...task, worker: event.worker };
    case 'task.progress':
      return { ...task, progress: { done: event.done, total: event.total, message: event.message } };
    case 'task.metric':
      return { ...task, metrics: { ...task.metrics, [event.name]: event.value } };
    case 'task.succeeded':
      return toSucceeded(task, event, at);
    case 'task.failed': {
      const { error, seconds, retryIn, reasons = task.reasons } = event;
      const ended = { ...task, finished: at, seconds, error, reasons, progress: null };
      return retryIn === null ? { ...ended, state: 'failed' } : { ...ended, state: 'queued', ...withPast(task, event, at) };
    }
    case 'task.lost':
      return { ...task, state: 'queued', worker: null, progress: null, ...withPast(task, event, at) };
    case 'task.delegated':
      return { ...task, run: event.run };
    case 'task.cancelled':
    case 'task.skipped':
      return { ...task, ...toUnrun(event), finished: at, progress: null };
    default:
      event satisfies never;
      return task;
  }
}

/** What a batch makes of one of its tasks: it began and succeeded at once. */
export function toRan(task: TaskView, ran: RanTask, worker: WorkerRecord, at: string): TaskView {
  if (isEnded(task)) return task;
  const { attempt, outputs, metrics, seconds } = ran;
  const begun = { decision: 'executed', attempts: attempt, started: at, progress: null, error: null, worker } as const;
  return { ...task, ...begun, state: 'succeeded', finished: at, seconds, outputs, metrics };
}

function toDistrust({ port, before, after, message }: Distrust): Distrust {
  return { port, before, after, message };
}

type Of<T extends TaskEvent['type']> = Extract<TaskEvent, { type: T }>;

/** Nothing of an attempt that never began. */
function withPast(task: TaskView, event: Of<'task.failed' | 'task.lost'>, at: string): Pick<TaskView, 'earlier'> {
  const { started, earlier = [] } = task;
  if (started === null) return {};
  const past = { attempt: event.attempt, started, finished: at } as const;
  return {
    earlier: [
      ...earlier,
      event.type === 'task.lost' ? { ...past, end: 'lost', error: null } : { ...past, end: 'failed', error: event.error },
    ],
  };
}

function toUnrun(event: Of<'task.cancelled' | 'task.skipped'>): Pick<TaskView, 'state' | 'skipped' | 'notNeeded'> {
  if (event.type === 'task.cancelled') return { state: 'cancelled', ...(event.because === 'not-needed' ? { notNeeded: true } : {}) };
  return { state: 'skipped', ...(event.reason === undefined ? {} : { skipped: { because: event.because, reason: event.reason } }) };
}

function toReused(task: TaskView, event: Of<'task.reused'>, at: string): TaskView {
  const { reasons, key, outputs, metrics } = event;
  const saved = toSavedSeconds(event);
  const ended = { state: 'succeeded', decision: 'reused', started: at, finished: at, worker: null, seconds: 0 } as const;
  return { ...task, ...ended, reasons, against: event.producer.run, key, saved, outputs, metrics };
}

function toStarted(task: TaskView, event: Of<'task.started'>, at: string): TaskView {
  const { reasons, against, key } = event;
  const begun = { state: 'running', decision: 'executed', started: at, finished: null, progress: null, error: null, worker: null } as const;
  return { ...task, ...begun, attempts: event.attempt, reasons, against, key };
}

function toSucceeded(task: TaskView, event: Of<'task.succeeded'>, at: string): TaskView {
  const { seconds, outputs, metrics, timing = null, untraced } = event;
  const unkept: Reason[] = untraced === undefined ? [] : [{ kind: 'uncacheable', message: `its result is not kept: ${untraced}` }];
  const reasons = unkept.length === 0 ? task.reasons : [...task.reasons, ...unkept];
  return { ...task, reasons, state: 'succeeded', finished: at, seconds, timing, outputs, metrics, progress: null };
}
