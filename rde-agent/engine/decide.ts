import type { Digest } from '../../language/model/names.ts';
import type { CachedResult } from '../protocol/cachedResult.ts';
import type { ArtifactManifest } from '../protocol/pinned.ts';
import type { Reason } from '../protocol/reason.ts';
import type { RunEvent, TaskId } from '../protocol/runEvents.ts';
import { explain } from './explain.ts';
import type { TaskKey } from './keys.ts';
import type { TaskNode } from './taskNode.ts';

/** The cache as the engine sees it. All answers are of one moment. */
export interface CacheLookup {
  entry(key: Digest): CachedResult | undefined;
  /** earlier results of the same module, newest first, those of the same task preferred; read as they are asked for */
  recent(node: TaskNode): Iterable<CachedResult>;
  has(blob: Digest): boolean;
  filesOf(artifact: string): ArtifactManifest | undefined;
  /** RFC 3339 */
  now(): string;
}

/** What a submission says about reuse. */
export type RunAsks = Pick<Extract<RunEvent, { type: 'run.submitted' }>, 'force' | 'from' | 'origin' | 'given'>;

/** Whether a task runs though it could be reused: everything of a forced run, and the step that a rerun starts from. */
export function isForced({ step, mustReuse }: TaskNode, { force, from, origin }: RunAsks): boolean {
  return !mustReuse && (force || (origin?.kind === 'rerun' && from === step.id));
}

/** The result of another run that stands for a task above `from`, whatever the cache says; to be recorded as `task.reused`. */
export function toGiven({ id, mustReuse }: TaskNode, { given }: RunAsks): NonNullable<RunAsks['given']>[TaskId] | undefined {
  return mustReuse && given !== undefined && Object.hasOwn(given, id) ? given[id] : undefined;
}

export type TaskDecision =
  | { readonly kind: 'hit'; readonly entry: CachedResult; readonly reasons: readonly Reason[] }
  /** `against` = the earlier result that the reasons compare with */
  | { readonly kind: 'miss'; readonly reasons: readonly Reason[]; readonly against: string | null };

/** Reuse or run, with reasons. `force` = run though there is a result; it never overrides a task that must be reused. */
export function decide(node: TaskNode, key: TaskKey, force: boolean, cache: CacheLookup): TaskDecision {
  if (key.uncacheable !== null) return { kind: 'miss', reasons: [key.uncacheable], against: null };
  const entry = cache.entry(key.key);
  if (entry === undefined) return explainMiss(node, key, cache);
  const flaw = toForced(node, force) ?? toFlaw(node, entry, cache);
  if (flaw !== null) return { kind: 'miss', reasons: [flaw], against: entry.id };
  const message = `nothing that it depends on has changed since run ${entry.producer.run}`;
  return { kind: 'hit', entry, reasons: [{ kind: 'hit', message }] };
}

/** The earlier result that is nearest, and in what this task differs from it. */
function explainMiss(node: TaskNode, key: TaskKey, cache: CacheLookup): TaskDecision {
  // The keys differ, so nothing is nearer than one difference.
  const nearest = toNearest(node, key, cache, 1);
  if (nearest === undefined) return { kind: 'miss', reasons: [toNoPrior(node)], against: null };
  return { kind: 'miss', reasons: nearest.reasons, against: nearest.entry.id };
}

export interface Nearest {
  readonly entry: CachedResult;
  readonly reasons: readonly Reason[];
}

/**
 * The earlier result with the fewest differences, the newest among equals. Inputs that are not known yet count as equal. With `fewest`
 * differences there can be none that is nearer.
 */
export function toNearest(node: TaskNode, key: TaskKey, cache: CacheLookup, fewest = 0): Nearest | undefined {
  let nearest: Nearest | undefined;
  const context = { sources: node.inputs, filesOf: (artifact: string) => cache.filesOf(artifact), folder: node.step.folder };
  for (const entry of cache.recent(node)) {
    const reasons = explain(entry.parts, key.parts, context);
    if (nearest === undefined || reasons.length < nearest.reasons.length) nearest = { entry, reasons };
    if (reasons.length <= fewest) break;
  }
  return nearest;
}

export function toNoPrior(node: TaskNode): Reason {
  return { kind: 'no-prior', message: `${node.step.name} has no earlier result` };
}

export function toForced(node: TaskNode, force: boolean): Reason | null {
  if (node.mustReuse) return null;
  if (force) return { kind: 'forced', message: 'asked to run though there is a result' };
  if (node.step.cache === 'refresh') return { kind: 'forced', message: 'the step says `cache: refresh`' };
  return null;
}

/** Why a result with the right key cannot be used; `null` = it can. */
export function toFlaw(node: TaskNode, entry: CachedResult, cache: CacheLookup): Reason | null {
  const { ttl } = node.step.contract.cache;
  if (ttl !== undefined && (Date.parse(cache.now()) - Date.parse(entry.at)) / 1000 > ttl) {
    return { kind: 'expired', before: entry.at, message: `the result of ${entry.at} is older than its time to live of ${ttl} s` };
  }
  const missing = Object.entries(entry.outputs).find(([, output]) => !cache.has(output.digest));
  if (missing === undefined) return null;
  return { kind: 'blob-missing', name: missing[0], message: `the content of output ${missing[0]} is not in the store any more` };
}
