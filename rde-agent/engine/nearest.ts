import { toCanonicalJson } from '../../language/model/json.ts';
import type { CachedResult } from '../protocol/cachedResult.ts';
import type { KeyParts } from '../protocol/keyParts.ts';
import type { Reason } from '../protocol/reason.ts';
import type { CacheLookup, Undecided } from './cacheLookup.ts';
import { explain } from './explain.ts';
import type { TaskKey } from './keys.ts';
import type { TaskNode } from './taskNode.ts';

export interface Nearest {
  readonly kind: 'nearest';
  readonly entry: CachedResult;
  readonly reasons: readonly Reason[];
}

/** candidates that a miss is compared with, before the latest results of its step */
const CANDIDATES = 4;

/**
 * The earlier result with the fewest differences, the newest among equals; `undefined` = there is none at all. Inputs that are not known yet
 * count as equal. With `fewest` differences there can be none that is nearer; `most` = earlier results of the step that are looked at.
 */
export function toNearest(
  node: TaskNode,
  key: TaskKey,
  cache: CacheLookup,
  { fewest, most }: { readonly fewest: number; readonly most: number },
): Nearest | Undecided | undefined {
  let nearest: Nearest | undefined;
  let least = Infinity;
  const unknown: CachedResult[] = [];
  for (const entry of listNear(node, key, cache, most)) {
    const found = toDifference(entry, node, key, cache);
    if (found === undefined) {
      unknown.push(entry);
      continue;
    }
    const { reasons, weight } = found;
    if (weight < least) {
      least = weight;
      nearest = { kind: 'nearest', entry, reasons };
    }
    if (weight <= fewest) break;
  }
  return unknown.length === 0 ? nearest : { kind: 'unknown', entries: unknown };
}

/** With equal inputs and parameters a result is nearer than a newer one without. */
function* listNear(node: TaskNode, key: TaskKey, cache: CacheLookup, most: number): Iterable<CachedResult> {
  const seen = new Set<string>();
  for (const entry of cache.candidates(key.candidate)) {
    if (seen.size === CANDIDATES) break;
    seen.add(entry.id);
    yield entry;
  }
  let left = most;
  for (const entry of cache.recent(node)) {
    if (left === 0) return;
    left -= 1;
    if (!seen.has(entry.id)) yield entry;
  }
}

interface Difference {
  readonly reasons: readonly Reason[];
  /** how far it is: one for each reason. Without a trace a single "the code changed" may stand for anything, so it is farther than any that is named. */
  readonly weight: number;
}

const UNTRACED = 1000;

/** `undefined` = to be learned first. */
function toDifference(entry: CachedResult, node: TaskNode, key: TaskKey, cache: CacheLookup): Difference | undefined {
  const judgement = isTraceable(entry.parts, key.parts) ? cache.judge(entry, node) : undefined;
  if (judgement?.kind === 'unknown') return undefined;
  const changes = judgement?.kind === 'none' ? cache.changes?.(entry, node) : undefined;
  if (changes === 'unknown') return undefined;
  const reasons = explain(entry.parts, key.parts, {
    sources: node.inputs,
    filesOf: (artifact) => cache.filesOf(artifact),
    folder: node.step.folder,
    libraries: node.step.libraries ?? [],
    ...(judgement === undefined || judgement.kind === 'none' ? {} : { verdict: judgement }),
    ...(changes === undefined ? {} : { changes }),
  });
  return { reasons, weight: reasons.length + (judgement?.kind === 'none' && changes === undefined ? UNTRACED : 0) };
}

/** Whether the two differ in something that a trace tells more exactly. */
function isTraceable(before: KeyParts, after: KeyParts): boolean {
  const { module, environment } = before;
  if (module.code !== after.module.code) return true;
  const [old, now] = [
    [module.libraries, environment.packages, environment.variables],
    [after.module.libraries, after.environment.packages, after.environment.variables],
  ];
  return old.some((part, index) => part !== now[index] && toCanonicalJson(part ?? null) !== toCanonicalJson(now[index] ?? null));
}
