import type { CachedResult } from '../protocol/cachedResult.ts';
import type { TaskDecision } from '../engine/decide.ts';
import type { TaskKey } from '../engine/keys.ts';
import { toFloorLineage } from '../engine/lineage.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { Reason } from '../protocol/reason.ts';
import type { RunEvent, TaskError } from '../protocol/runEvents.ts';
import type { AttemptResult } from './attemptOptions.ts';
import type { Lease } from './leases.ts';

type Of<T extends RunEvent['type']> = Extract<RunEvent, { type: T }>;

/** A decision to run, with what it was made of. */
export interface Decided {
  readonly key: TaskKey;
  readonly reasons: readonly Reason[];
  readonly against: string | null;
  /** of a fetched dataset: the version that its source has */
  readonly version: string | null;
  /** `null` = it is not stored */
  readonly lease: Lease | null;
}

export function toReused(
  task: TaskNode,
  { key, parts }: TaskKey,
  { entry, trace }: Extract<TaskDecision, { kind: 'hit' }>,
  reasons: readonly Reason[],
): Of<'task.reused'> {
  const { outputs, metrics, producer } = entry;
  const lineage = toFloorLineage(task);
  return {
    type: 'task.reused',
    task: task.id,
    key,
    parts,
    entry: entry.id,
    producer,
    outputs,
    metrics,
    lineage,
    reasons,
    saved: entry.seconds,
    ...(trace === undefined ? {} : { trace }),
    ...(entry.outside === undefined ? {} : { outside: entry.outside }),
  };
}

export function toStarted(
  task: TaskNode,
  { key, reasons, against }: Decided,
  next: { readonly attempt: number; readonly fence: number },
): Of<'task.started'> {
  const isStored = key.uncacheable === null;
  return {
    type: 'task.started',
    task: task.id,
    ...next,
    key: isStored ? key.key : null,
    parts: key.parts,
    ...(isStored ? { candidate: key.candidate } : {}),
    against,
    reasons,
  };
}

/** One event publishes outputs, lineage and cache entry together. */
export function toSucceeded(
  task: TaskNode,
  result: Extract<AttemptResult, { kind: 'succeeded' }>,
  now: { readonly attempt: number; readonly fence: number; readonly entry: string | null },
): Of<'task.succeeded'> {
  const { outputs, metrics, seconds, timing, trace, untraced } = result;
  const traced =
    trace === undefined || now.entry === null ? {} : { trace: trace.digest, ...(trace.outside ? { outside: true as const } : {}) };
  const refused = untraced === undefined ? {} : { untraced };
  return {
    type: 'task.succeeded',
    task: task.id,
    ...now,
    outputs,
    metrics,
    lineage: toFloorLineage(task),
    seconds,
    timing,
    ...traced,
    ...refused,
  };
}

/** A task that is not even tried, or not any more. */
export function toGivenUp(task: TaskNode, attempt: number, error: TaskError): Of<'task.failed'> {
  return { type: 'task.failed', task: task.id, attempt, failure: 'user', error, seconds: 0, retryIn: null };
}

/** The cache entry that a success publishes, as the store will derive it; `null` = none. */
export function toCached({ key, candidate, parts }: TaskKey, run: string, event: Of<'task.succeeded'>, at: string): CachedResult | null {
  const { entry, task, outputs, metrics, lineage, seconds, trace, outside } = event;
  if (entry === null) return null;
  const traced = { ...(trace === undefined ? {} : { trace }), ...(outside === undefined ? {} : { outside }) };
  return { id: entry, key, candidate, ...traced, parts, producer: { run, task }, outputs, metrics, lineage, seconds, at };
}

export function toHitAfterWait(entry: CachedResult): readonly Reason[] {
  return [{ kind: 'hit-after-wait', message: `waited for run ${entry.producer.run}, which was computing the same` }];
}

export function toNotReusable(task: TaskNode, reasons: readonly Reason[], from: string | null): TaskError {
  const why = reasons.map((reason) => reason.message).join('; ');
  const message = `${task.id} is above ${from ?? 'the start'} and cannot be reused (${why}): run the workflow without --from`;
  return { code: 'input-unreadable', message };
}
