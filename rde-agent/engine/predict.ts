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
  const unknown = findUnknown(key.parts.inputs);
  return unknown === undefined ? decide(node, key, false, cache) : predictUnknown(node, key, unknown, cache);
}

const unknownOf = new WeakMap<KeyParts['inputs'], { readonly port: string | undefined }>();

/** All tasks of a step share their inputs: a list of ten thousand is looked through once. */
function findUnknown(inputs: KeyParts['inputs']): string | undefined {
  let found = unknownOf.get(inputs);
  if (found === undefined) unknownOf.set(inputs, (found = { port: Object.keys(inputs).find((port) => isUnknown(inputs[port])) }));
  return found.port;
}

/** Without its inputs nothing can be said but that it will run anyway. */
function predictOpen(node: TaskNode, key: TaskKey, cache: CacheLookup): Prediction {
  const reason = key.uncacheable ?? toForced(node, false);
  if (reason !== null) return { kind: 'miss', reasons: [reason] };
  const [entry] = cache.recent(node);
  if (entry === undefined) return { kind: 'miss', reasons: [toNoPrior(node)] };
  return { kind: 'conditional', entry, reasons: [{ kind: 'input', message: 'which elements succeed first is known when it runs' }] };
}

/** For a task with inputs that nobody knows yet: what is known may already make it a miss. */
function predictUnknown(node: TaskNode, key: TaskKey, unknown: string, cache: CacheLookup): Prediction | Undecided {
  if (key.uncacheable !== null) return { kind: 'miss', reasons: [key.uncacheable] };
  const forced = toForced(node, false);
  if (forced !== null) return { kind: 'miss', reasons: [forced] };
  const nearest = toNearest(node, key, cache);
  if (nearest === undefined) return { kind: 'miss', reasons: [toNoPrior(node)] };
  if (nearest.kind === 'unknown') return nearest;
  if (nearest.reasons.length > 0) return { kind: 'miss', reasons: nearest.reasons };
  const flaw = toFlaw(node, nearest.entry, cache);
  if (flaw !== null) return { kind: 'miss', reasons: [flaw] };
  return toConditional(node, key, unknown, nearest.entry);
}

function toConditional(node: TaskNode, key: TaskKey, port: string, entry: CachedResult): Prediction {
  const { digest, upstream, what } = toFirstUnknown(key.parts.inputs[port], entry.parts.inputs[port], node.inputs[port]);
  const reason: Reason = {
    kind: 'input',
    name: port,
    ...(digest === undefined ? {} : { before: digest }),
    ...(upstream === undefined ? {} : { upstream }),
    message: `reused if ${what} gives the same content again`,
  };
  return { kind: 'conditional', ...(digest === undefined ? {} : { on: digest }), entry, reasons: [reason] };
}

interface FirstUnknown {
  /** in the earlier result */
  readonly digest?: string;
  readonly upstream?: TaskId;
  /** for the message */
  readonly what: string;
}

/** The first unknown leaf of an input: where it comes from, and the digest that it had in the earlier result. */
function toFirstUnknown(now: InputPart | undefined, before: InputPart | undefined, source: TaskSource | undefined): FirstUnknown {
  if (now?.kind === 'list' && before?.kind === 'list' && source?.kind === 'list') {
    const index = Math.max(0, now.items.findIndex(isUnknown));
    return toFirstUnknown(now.items[index], before.items[index], source.items[index]);
  }
  const digest = before?.kind === 'value' ? { digest: before.digest } : {};
  // A list of which nobody knows how long it will be: its first item stands for the fan-out.
  const from = source?.kind === 'list' ? source.items.find((item) => item.kind === 'value') : source;
  if (from?.kind === 'value') return { ...digest, upstream: from.task, what: from.task };
  return { ...digest, what: from?.kind === 'given' ? `input ${from.input} of the workflow` : 'what it is given' };
}

function isUnknown(part: InputPart | undefined): boolean {
  if (part === undefined) return false;
  return part.kind === 'list' ? part.items.some(isUnknown) : part.digest === UNKNOWN_DIGEST;
}
