import type { PlanDocument, PlanStep } from '../protocol/documents.ts';
import type { InputPart } from '../protocol/keyParts.ts';
import type { Reason } from '../protocol/reason.ts';
import type { OutputRecord, TaskId } from '../protocol/runEvents.ts';
import type { Scope } from '../protocol/who.ts';
import type { CachedResult } from '../protocol/cachedResult.ts';
import { decide, toFlaw, toForced, toNearest, toNoPrior, type CacheLookup } from './decide.ts';
import type { Hash } from './hash.ts';
import { createKeyMaker, UNKNOWN_DIGEST, type TaskKey } from './keys.ts';
import type { TaskGraph } from './taskGraph.ts';
import type { TaskNode, TaskSource } from './taskNode.ts';

export interface PlanOptions {
  readonly scope: Scope;
  readonly hash: Hash;
  readonly cache: CacheLookup;
  /** mean measured seconds of a module; `undefined` = never measured */
  readonly expectedSeconds: (module: string) => number | undefined;
}

/**
 * What a run would do, by the functions that the run itself uses. A step below a predicted miss is `conditional`: a hit if its
 * input comes out with the digest `on`, else a miss.
 */
export function toPlan(graph: TaskGraph, options: PlanOptions): PlanDocument {
  const keys = createKeyMaker(options.scope, options.hash);
  const known = new Map<TaskId, CachedResult>();
  const outputOf = (task: TaskId, port: string): OutputRecord | undefined => known.get(task)?.outputs[port];
  let saved = 0;
  const steps = graph.nodes.map((node): PlanStep => {
    const key = keys.toKey(node, outputOf);
    const unknown = Object.entries(key.parts.inputs).find(([, part]) => isUnknown(part))?.[0];
    const prediction = unknown === undefined ? decide(node, key, false, options.cache) : predict(node, key, unknown, options.cache);
    if (prediction.kind === 'hit') {
      known.set(node.id, prediction.entry);
      saved += prediction.entry.seconds;
    }
    return toPlanStep(node, prediction, prediction.kind === 'hit' ? 0 : toExpectedSeconds(node, options));
  });
  const predictedSeconds = steps.reduce((sum, step) => sum + step.predictedSeconds, 0);
  return { v: 1, workflow: graph.definition.workflow, steps, saved: round(saved), predictedSeconds: round(predictedSeconds) };
}

/** What this very task took the last time, else what its module usually takes. */
function toExpectedSeconds(node: TaskNode, { cache, expectedSeconds }: PlanOptions): number {
  const own = cache.recent(node).find((result) => result.producer.task === node.id);
  return own?.seconds ?? expectedSeconds(node.step.name) ?? 0;
}

type Prediction =
  | { readonly kind: 'hit'; readonly entry: CachedResult; readonly reasons: readonly Reason[] }
  | { readonly kind: 'miss'; readonly reasons: readonly Reason[] }
  | { readonly kind: 'conditional'; readonly on: string; readonly entry: CachedResult; readonly reasons: readonly Reason[] };

/** For a task with inputs that nobody knows yet: what is known may already make it a miss. */
function predict(node: TaskNode, key: TaskKey, unknown: string, cache: CacheLookup): Prediction {
  if (key.uncacheable !== null) return { kind: 'miss', reasons: [key.uncacheable] };
  const forced = toForced(node, false);
  if (forced !== null) return { kind: 'miss', reasons: [forced] };
  const nearest = toNearest(node, key, cache);
  if (nearest === undefined) return { kind: 'miss', reasons: [toNoPrior(node)] };
  if (nearest.reasons.length > 0) return { kind: 'miss', reasons: nearest.reasons };
  const flaw = toFlaw(node, nearest.entry, cache);
  if (flaw !== null) return { kind: 'miss', reasons: [flaw] };
  return toConditional(node, key, unknown, nearest.entry);
}

function toConditional(node: TaskNode, key: TaskKey, port: string, entry: CachedResult): Prediction {
  const { digest, task } = toFirstUnknown(key.parts.inputs[port], entry.parts.inputs[port], node.inputs[port]);
  const reason: Reason = {
    kind: 'input',
    name: port,
    before: digest,
    upstream: task,
    message: `reused if ${task} gives the same content again`,
  };
  return { kind: 'conditional', on: digest, entry, reasons: [reason] };
}

/** The first unknown leaf of an input: the task that it comes from, and the digest that it had in the earlier result. */
function toFirstUnknown(
  now: InputPart | undefined,
  before: InputPart | undefined,
  source: TaskSource | undefined,
): { readonly digest: string; readonly task: TaskId } {
  if (now?.kind === 'list' && before?.kind === 'list' && source?.kind === 'list') {
    const index = Math.max(0, now.items.findIndex(isUnknown));
    return toFirstUnknown(now.items[index], before.items[index], source.items[index]);
  }
  return { digest: before?.kind === 'value' ? before.digest : UNKNOWN_DIGEST, task: source?.kind === 'value' ? source.task : '' };
}

function isUnknown(part: InputPart): boolean {
  return part.kind === 'list' ? part.items.some(isUnknown) : part.digest === UNKNOWN_DIGEST;
}

function toPlanStep(node: TaskNode, prediction: Prediction, predictedSeconds: number): PlanStep {
  return {
    step: node.id,
    ...(node.step.kind === 'dataset' ? { dataset: node.step.name } : { module: node.step.name }),
    decision: prediction.kind,
    ...(prediction.kind === 'conditional' ? { on: prediction.on } : {}),
    reasons: [...prediction.reasons],
    predictedSeconds,
    ...(prediction.kind === 'miss' ? {} : { entry: prediction.entry.id }),
  };
}

function round(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
