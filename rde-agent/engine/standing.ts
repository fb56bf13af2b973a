import type { Digest } from '../../language/model/names.ts';
import type { CachedResult } from '../protocol/cachedResult.ts';
import type { KeyParts } from '../protocol/keyParts.ts';
import type { RanTask, Recorded, RunEvent, TaskId } from '../protocol/runEvents.ts';
import type { CacheLookup, Undecided } from './cacheLookup.ts';
import type { TaskDecision } from './decide.ts';
import { findResult } from './findResult.ts';
import type { Hash } from './hash.ts';
import { createKeyMaker, toCacheKey, toCandidateKey, type TaskKey } from './keys.ts';
import { toNearest } from './nearest.ts';
import { RunMachine } from './runMachine.ts';
import { toTaskGraph } from './taskGraph.ts';
import type { TaskNode } from './taskNode.ts';

type Of<T extends RunEvent['type']> = Extract<RunEvent, { readonly type: T }>;

/** What a task had when it was decided. */
interface Begun {
  readonly key: Digest | null;
  readonly parts: KeyParts;
  readonly candidate?: Digest;
}

/**
 * Results of an earlier run, for one that goes on from it (a fork): those too that the cache never holds. Each has the key of what it was computed
 * from, so whether it still stands is decided like any reuse, and never by where it comes from. Pure; made from the run's own record.
 */
export class StandingResults {
  readonly run: string;
  readonly #past: readonly Recorded<RunEvent>[];
  readonly #hash: Hash;
  readonly #results = new Map<TaskId, CachedResult>();
  readonly #batches = new Map<TaskId, { readonly ran: RanTask; readonly at: string }>();
  readonly #nested = new Map<TaskId, string>();
  /** results that were not computed there: by whom */
  readonly #producers = new Map<TaskId, { readonly run: string; readonly task: TaskId }>();
  readonly #standingOf: (run: string) => StandingResults | undefined;
  #machine: RunMachine | undefined;

  /** `past` begins with the run's submission; `standingOf` = the same of another run, `undefined` = there is none. */
  constructor(
    run: string,
    past: readonly Recorded<RunEvent>[],
    hash: Hash,
    standingOf: (run: string) => StandingResults | undefined = () => undefined,
  ) {
    this.run = run;
    this.#past = past;
    this.#hash = hash;
    this.#standingOf = standingOf;
    this.#read();
  }

  /** The result of a task; `undefined` = it has none there (it failed, did not run, or is a nested workflow). */
  find(task: TaskId): CachedResult | undefined {
    const known = this.#results.get(task);
    const batch = this.#batches.get(task);
    return known ?? (batch === undefined ? undefined : this.#fromBatch(batch.ran, batch.at));
  }

  /** The same as its execution made it, with the trace of it where there is one. */
  execution(task: TaskId): CachedResult | undefined {
    const producer = this.#producers.get(task);
    if (producer === undefined) return this.find(task);
    return producer.run === this.run ? undefined : this.#standingOf(producer.run)?.execution(producer.task);
  }

  /** The run that a nested workflow was. */
  nested(task: TaskId): string | undefined {
    const producer = this.#producers.get(task);
    if (producer === undefined || producer.run === this.run) return this.#nested.get(task);
    return this.#standingOf(producer.run)?.nested(producer.task);
  }

  #read(): void {
    const begun = new Map<TaskId, Begun>();
    for (const { event, at } of this.#past) {
      switch (event.type) {
        case 'task.started':
          if (event.parts !== null) begun.set(event.task, { ...event, parts: event.parts });
          break;
        case 'task.delegated':
          this.#nested.set(event.task, event.run);
          break;
        case 'task.succeeded':
          this.#addSuccess(event, begun.get(event.task), at);
          break;
        case 'task.reused':
          this.#addReuse(event, at);
          break;
        case 'tasks.ran':
          for (const ran of event.ran) this.#batches.set(ran.task, { ran, at });
          break;
        default:
      }
    }
  }

  #addSuccess(event: Of<'task.succeeded'>, begun: Begun | undefined, at: string): void {
    // A key without an entry: what it read could not be told, so nobody knows whether it would be the same again.
    if (begun === undefined || (begun.key !== null && event.entry === null)) return;
    const { task, entry, outputs, metrics, lineage, seconds, trace, outside } = event;
    const { parts, candidate } = begun;
    this.#results.set(task, {
      id: entry ?? '',
      key: begun.key ?? toCacheKey(parts, this.#hash),
      candidate: candidate ?? toCandidateKey(parts, this.#hash),
      ...(trace === undefined ? {} : { trace }),
      ...(outside === undefined ? {} : { outside }),
      parts,
      producer: { run: this.run, task },
      outputs,
      metrics,
      lineage,
      seconds,
      at,
    });
  }

  #addReuse(event: Of<'task.reused'>, at: string): void {
    const { task, entry, parts, producer, outputs, metrics, lineage, saved, outside } = event;
    this.#producers.set(task, producer);
    if (parts === null) return;
    const key = event.key ?? toCacheKey(parts, this.#hash);
    const looked = outside === undefined ? {} : { outside };
    this.#results.set(task, { id: entry, key, ...looked, parts, producer, outputs, metrics, lineage, seconds: saved, at });
  }

  /** Batches record no keys: they are made again from the run as it was. */
  #fromBatch({ task, outputs, metrics, seconds }: RanTask, at: string): CachedResult | undefined {
    const first = this.#past[0];
    this.#machine ??= this.#replay();
    const node = this.#machine?.graph.byId.get(task);
    if (first === undefined || this.#machine === undefined || node === undefined) return undefined;
    const { key, parts } = createKeyMaker(first.scope, this.#hash).toKey(node, this.#machine.output);
    const result = { id: '', key, parts, producer: { run: this.run, task }, outputs, metrics, lineage: [], seconds, at };
    this.#results.set(task, result);
    return result;
  }

  #replay(): RunMachine | undefined {
    const first = this.#past[0]?.event;
    if (first?.type !== 'run.submitted') return undefined;
    const { run, definition, from, nominalTime, inputs = {}, replay } = first;
    const machine = new RunMachine(toTaskGraph(definition, { id: replay?.run ?? run, nominalTime: nominalTime ?? null, inputs }, from));
    for (const { event } of this.#past) machine.apply(event);
    return machine;
  }
}

/**
 * Whether the result that a task had in the run that this one goes on from still stands: its key is the same, or its trace was verified. `undefined`
 * = it does not, or there is none, so that it is decided as in any other run. What the cache would not keep stands as well (`cache: off`, side effects, an interpreter that is used again, a
 * time to live that has run out): the run goes on, it does not begin anew.
 */
export function decideStanding(
  node: TaskNode,
  key: TaskKey,
  standing: StandingResults,
  cache: CacheLookup,
): TaskDecision | Undecided | undefined {
  const result = standing.find(node.id);
  if (result === undefined) return undefined;
  const lookup = toStandingLookup(result, () => standing.execution(node.id), cache);
  const found = findResult(node, key, lookup);
  if (found.kind === 'unknown') return found;
  if (found.kind !== 'found') return key.uncacheable === null ? undefined : explainChange(node, key, standing.run, lookup);
  const { entry, trace } = found;
  const what = trace === undefined ? 'it depends on' : 'it ran or looked at';
  const message = `stands from run ${standing.run}: nothing that ${what} has changed`;
  return { kind: 'hit', entry, ...(trace === undefined ? {} : { trace }), reasons: [{ kind: 'hit', message }] };
}

/** For a task of which the cache has nothing to compare with: the run that is gone on from has. */
function explainChange(node: TaskNode, key: TaskKey, against: string, lookup: CacheLookup): TaskDecision | Undecided | undefined {
  const nearest = toNearest(node, key, lookup, { fewest: 1, most: 1 });
  if (nearest === undefined || nearest.kind === 'unknown') return nearest;
  return nearest.reasons.length === 0 ? undefined : { kind: 'miss', reasons: nearest.reasons, against };
}

/** A cache that holds nothing but this. It is never too old. */
export function toStandingLookup(result: CachedResult, execution: () => CachedResult | undefined, cache: CacheLookup): CacheLookup {
  const permits = (entry: CachedResult, how: 'key' | 'trace'): boolean => cache.permits?.(entry, how) ?? true;
  return {
    entry: (key) => {
      if (result.key !== key || !permits(result, 'key')) return undefined;
      // What the execution looked at outside is told by its own trace.
      const executed = result.outside === true && result.trace === undefined ? execution() : undefined;
      return executed?.trace === undefined ? result : { ...executed, key };
    },
    *candidates(candidate) {
      const executed = execution();
      if (executed?.trace !== undefined && executed.candidate === candidate && permits(executed, 'trace')) yield executed;
    },
    recent: () => (permits(result, 'key') ? [result] : []),
    judge: (entry, node) => cache.judge(entry, node),
    learn: (entries, node) => cache.learn(entries, node),
    refused: () => undefined,
    permits,
    has: (blob) => cache.has(blob),
    filesOf: (artifact) => cache.filesOf(artifact),
    now: () => result.at,
  };
}

/** A path of a step as the part in this run and the part inside of it: `check[a/b]/score` → `check[a/b]`, `score`. */
export function splitPath(path: string): readonly [first: string, rest: string | null] {
  let depth = 0;
  for (let index = 0; index < path.length; index += 1) {
    const character = path[index];
    if (character === '[') depth += 1;
    if (character === ']') depth -= 1;
    if (character === '/' && depth <= 0) return [path.slice(0, index), path.slice(index + 1)];
  }
  return [path, null];
}
