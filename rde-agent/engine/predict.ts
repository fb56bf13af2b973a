import type { CachedResult } from '../protocol/cachedResult.ts';
import type { InputPart, KeyParts } from '../protocol/keyParts.ts';
import type { Reason } from '../protocol/reason.ts';
import type { TaskId } from '../protocol/runEvents.ts';
import type { CacheLookup, Undecided } from './cacheLookup.ts';
import { decide, toForced, toNoPrior } from './decide.ts';
import { toFlaw } from './findResult.ts';
import { UNKNOWN_DIGEST, type TaskKey } from './keys.ts';
import { toNearest } from './nearest.ts';
import type { TaskNode, TaskSource } from './taskNode.ts';

export type Prediction =
  | { readonly kind: 'hit'; readonly entry: CachedResult; readonly reasons: readonly Reason[] }
  | { readonly kind: 'miss'; readonly reasons: readonly Reason[] }
  /** `on`: the digest that the input must come out with; absent = more than one input decides */
  | { readonly kind: 'conditional'; readonly on?: string; readonly entry: CachedResult; readonly reasons: readonly Reason[] };

/**
 * What will be decided about a task, by the functions that the run itself uses. `isOpen` =
 * it is a join of which nobody knows which elements come first.
 */
export function predict(node: TaskNode, key: TaskKey, isOpen: boolean, cache: CacheLookup): Prediction | Undecided {
  if (isOpen) return predictOpen(node, key, cache);
  return hasUnknown(key.inputs) ? predictUnknown(node, key, cache) : decide(node, key, false, cache);
}

const unknownOf = new WeakMap<KeyParts['inputs'], boolean>();

/** All tasks of a step share their inputs: a list of ten thousand is looked through once. */
export function hasUnknown(inputs: KeyParts['inputs']): boolean {
  let found = unknownOf.get(inputs);
  if (found === undefined) unknownOf.set(inputs, (found = Object.values(inputs).some(isUnknown)));
  return found;
}

/** Without its inputs nothing can be said but that it will run anyway. */
function predictOpen(node: TaskNode, key: TaskKey, cache: CacheLookup): Prediction {
  const reason = key.uncacheable ?? toForced(node, false);
  if (reason !== null) return { kind: 'miss', reasons: [reason] };
  const [entry] = cache.recent(node);
  if (entry === undefined) return { kind: 'miss', reasons: [toNoPrior(node)] };
  return { kind: 'conditional', entry, reasons: [{ kind: 'input', message: 'which elements succeed first is known when it runs' }] };
}

/** earlier results of a step among which one may differ in nothing but what is not known yet */
const LOOKED_AT = 64;

/** For a task with inputs that nobody knows yet: what is known may already make it a miss. */
function predictUnknown(node: TaskNode, key: TaskKey, cache: CacheLookup): Prediction | Undecided {
  if (key.uncacheable !== null) return { kind: 'miss', reasons: [key.uncacheable] };
  const forced = toForced(node, false);
  if (forced !== null) return { kind: 'miss', reasons: [forced] };
  const nearest = toNearest(node, key, cache, { fewest: 0, most: LOOKED_AT });
  if (nearest === undefined) return { kind: 'miss', reasons: [toNoPrior(node)] };
  if (nearest.kind === 'unknown') return nearest;
  if (nearest.reasons.length > 0) return { kind: 'miss', reasons: nearest.reasons };
  const flaw = toFlaw(node.step.contract.cache.ttl, nearest.entry, cache);
  if (flaw !== null) return { kind: 'miss', reasons: [flaw] };
  return toConditional(node, key, nearest.entry);
}

/** reasons that name what a task waits for; the rest is only counted */
const NAMED = 8;

function toConditional(node: TaskNode, key: TaskKey, entry: CachedResult): Prediction {
  const waits = listWaits(node, key, entry);
  const [first] = waits;
  const named = waits.slice(0, NAMED).map(({ port, digest, upstream, what }): Reason => ({
    kind: 'input',
    name: port,
    ...(digest === undefined ? {} : { before: digest }),
    ...(upstream === undefined ? {} : { upstream }),
    message: `reused if ${what} gives the same content again`,
  }));
  const rest = waits.length - named.length;
  const reasons: readonly Reason[] =
    rest === 0 ? named : [...named, { kind: 'input', message: `and if ${String(rest)} others give the same content again` }];
  const on = waits.length === 1 ? first?.digest : undefined;
  return { kind: 'conditional', ...(on === undefined ? {} : { on }), entry, reasons };
}

/** Something that is not known yet: where it comes from, and the digest that it had in the earlier result. */
interface Wait {
  readonly port: string;
  readonly digest?: string;
  readonly upstream?: TaskId;
  /** for the message */
  readonly what: string;
}

function listWaits(node: TaskNode, key: TaskKey, entry: CachedResult): readonly Wait[] {
  return Object.entries(key.parts.inputs).flatMap(([port, part]) => listUnknown(port, part, entry.parts.inputs[port], node.inputs[port]));
}

function listUnknown(port: string, now: InputPart, before: InputPart | undefined, source: TaskSource | undefined): readonly Wait[] {
  if (!isUnknown(now)) return [];
  if (now.kind === 'list' && before?.kind === 'list' && source?.kind === 'list') {
    return now.items.flatMap((item, index) => listUnknown(port, item, before.items[index], source.items[index]));
  }
  const digest = before?.kind === 'value' ? { digest: before.digest } : {};
  // A list of which nobody knows how long it will be: its first item stands for the fan-out.
  const from = source?.kind === 'list' ? source.items.find((item) => item.kind === 'value') : source;
  if (from?.kind === 'value') return [{ port, ...digest, upstream: from.task, what: from.task }];
  return [{ port, ...digest, what: from?.kind === 'given' ? `input ${from.input} of the workflow` : 'what it is given' }];
}

function isUnknown(part: InputPart | undefined): boolean {
  if (part === undefined) return false;
  return part.kind === 'list' ? part.items.some(isUnknown) : part.digest === UNKNOWN_DIGEST;
}
