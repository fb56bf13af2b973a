import type { CachedResult } from '../protocol/cachedResult.ts';
import type { Reason } from '../protocol/reason.ts';
import type { RunEvent, TaskId } from '../protocol/runEvents.ts';
import type { CacheLookup, Undecided } from './cacheLookup.ts';
import { findResult, type FoundResult } from './findResult.ts';
import type { TaskKey } from './keys.ts';
import { toNearest } from './nearest.ts';
import type { TaskNode } from './taskNode.ts';

/** What a submission says about reuse. */
export type RunAsks = Pick<Extract<RunEvent, { type: 'run.submitted' }>, 'force' | 'from' | 'origin' | 'given' | 'fork'>;

/** Whether a task runs though it could be reused: everything of a forced run, and the step that a rerun or a fork starts from. */
export function isForced({ id, step, mustReuse }: TaskNode, { force, from, origin, fork }: RunAsks): boolean {
  const start = fork?.from ?? (origin?.kind === 'rerun' ? from : null);
  return !mustReuse && (force || start === step.id || start === id);
}

/** The result of another run that stands for a task above `from`, whatever the cache says; to be recorded as `task.reused`. */
export function toGiven({ id, mustReuse }: TaskNode, { given }: RunAsks): NonNullable<RunAsks['given']>[TaskId] | undefined {
  return mustReuse && given !== undefined && Object.hasOwn(given, id) ? given[id] : undefined;
}

export type TaskDecision =
  /** `trace` = its key is another one, but its trace was verified */
  | { readonly kind: 'hit'; readonly entry: CachedResult; readonly trace?: 'same' | 'excused'; readonly reasons: readonly Reason[] }
  /** `against` = the earlier result that the reasons compare with */
  | { readonly kind: 'miss'; readonly reasons: readonly Reason[]; readonly against: string | null };

/** Reuse or run, with reasons. `force` = run though there is a result; it never overrides a task that must be reused. */
export function decide(node: TaskNode, key: TaskKey, force: boolean, cache: CacheLookup): TaskDecision | Undecided {
  if (key.uncacheable !== null) return { kind: 'miss', reasons: [key.uncacheable], against: null };
  const found = findResult(node, key, cache);
  switch (found.kind) {
    case 'unknown':
      return found;
    case 'flawed':
      return { kind: 'miss', reasons: [toForced(node, force) ?? found.flaw], against: found.entry.id };
    case 'none':
      return explainMiss(node, key, cache);
    case 'found': {
      const forced = toForced(node, force);
      return forced === null ? toHit(found) : { kind: 'miss', reasons: [forced], against: found.entry.id };
    }
  }
}

function toHit({ entry, trace }: Extract<FoundResult, { kind: 'found' }>): TaskDecision {
  const what = trace === undefined ? 'it depends on' : 'it ran or looked at';
  const message = `nothing that ${what} has changed since run ${entry.producer.run}`;
  return { kind: 'hit', entry, ...(trace === undefined ? {} : { trace }), reasons: [{ kind: 'hit', message }] };
}

/** earlier results of its step that a miss is compared with */
const COMPARED = 8;

/** The earlier result that is nearest, and in what this task differs from it. */
function explainMiss(node: TaskNode, key: TaskKey, cache: CacheLookup): TaskDecision | Undecided {
  const refused = cache.refused(key.candidate);
  if (refused !== undefined) return { kind: 'miss', reasons: [toUnkept(refused)], against: null };
  // The keys differ, so nothing is nearer than one difference.
  const nearest = toNearest(node, key, cache, { fewest: 1, most: COMPARED });
  if (nearest?.kind === 'unknown') return nearest;
  if (nearest === undefined) return { kind: 'miss', reasons: [toNoPrior(node)], against: null };
  return { kind: 'miss', reasons: nearest.reasons, against: nearest.entry.id };
}

export function toNoPrior(node: TaskNode): Reason {
  return { kind: 'no-prior', message: `${node.step.name} has no earlier result` };
}

/** Of a result that could not be traced. */
function toUnkept(why: string): Reason {
  return { kind: 'uncacheable', message: `its last result was not kept: ${why}` };
}

export function toForced(node: TaskNode, force: boolean): Reason | null {
  if (node.mustReuse) return null;
  if (force) return { kind: 'forced', message: 'asked to run though there is a result' };
  if (node.step.cache === 'refresh') return { kind: 'forced', message: 'the step says `cache: refresh`' };
  return null;
}
