import type { CachedResult } from '../protocol/cachedResult.ts';
import type { Reason } from '../protocol/reason.ts';
import type { CacheLookup, Undecided } from './cacheLookup.ts';
import type { TaskKey } from './keys.ts';
import type { TaskNode } from './taskNode.ts';

export type FoundResult =
  /** `trace` = by its trace, not by an equal key */
  | { readonly kind: 'found'; readonly entry: CachedResult; readonly trace?: 'same' | 'excused' }
  /** what would have been reused, and why it cannot be */
  | { readonly kind: 'flawed'; readonly entry: CachedResult; readonly flaw: Reason }
  | { readonly kind: 'none' };

/** earlier results of which not enough is known, looked at together before it is decided anew */
const AT_ONCE = 8;

/**
 * The result that stands for a task: the one with its key, else the newest one whose execution would be the same now. One that cannot be
 * used (too old, or its content is gone) leaves the place to the next one.
 */
export function findResult(node: TaskNode, key: TaskKey, cache: CacheLookup): FoundResult | Undecided {
  const exact = cache.entry(key.key);
  const found = exact === undefined ? NONE : toExact(node, exact, cache);
  return found.kind === 'found' || found.kind === 'unknown' ? found : findCandidate(node, key, found, cache);
}

const NONE = { kind: 'none' } as const;

function toExact(node: TaskNode, entry: CachedResult, cache: CacheLookup): FoundResult | Undecided {
  const flaw = toFlaw(node.step.contract.cache.ttl, entry, cache);
  if (flaw !== null) return { kind: 'flawed', entry, flaw };
  // All that a key cannot hold.
  if (entry.outside !== true) return { kind: 'found', entry };
  const judgement = cache.judge(entry, node);
  if (judgement.kind === 'unknown') return { kind: 'unknown', entries: [entry] };
  if (judgement.kind === 'same') return { kind: 'found', entry };
  const [first] = judgement.kind === 'differs' ? judgement.reasons : [];
  return {
    kind: 'flawed',
    entry,
    flaw: first ?? { kind: 'file', message: 'what it read outside of its folder cannot be looked at again' },
  };
}

function findCandidate(node: TaskNode, key: TaskKey, before: FoundResult, cache: CacheLookup): FoundResult | Undecided {
  let best = before;
  const unknown: CachedResult[] = [];
  for (const entry of cache.candidates(key.candidate)) {
    if (best.kind === 'flawed' && best.entry.id === entry.id) continue;
    const judgement = cache.judge(entry, node);
    if (judgement.kind === 'unknown') unknown.push(entry);
    if (unknown.length >= AT_ONCE) break;
    if (judgement.kind !== 'same') continue;
    const flaw = toFlaw(node.step.contract.cache.ttl, entry, cache);
    if (flaw === null) {
      best = { kind: 'found', entry, trace: judgement.excused ? 'excused' : 'same' };
      break;
    }
    if (best.kind === 'none') best = { kind: 'flawed', entry, flaw };
  }
  return unknown.length > 0 ? { kind: 'unknown', entries: unknown } : best;
}

/** Why a result with the right key cannot be used; `null` = it can. */
export function toFlaw(ttl: number | undefined, entry: CachedResult, cache: CacheLookup): Reason | null {
  if (ttl !== undefined && (Date.parse(cache.now()) - Date.parse(entry.at)) / 1000 > ttl) {
    return { kind: 'expired', before: entry.at, message: `the result of ${entry.at} is older than its time to live of ${ttl} s` };
  }
  const missing = Object.entries(entry.outputs).find(([, output]) => !cache.has(output.digest));
  if (missing === undefined) return null;
  const [name, { digest }] = missing;
  if (cache.isDamaged?.(digest) === true)
    return { kind: 'blob-corrupt', name, message: `the content of output ${name} is damaged in the store` };
  return { kind: 'blob-missing', name, message: `the content of output ${name} is not in the store any more` };
}
