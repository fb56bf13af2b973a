import type { Digest } from '../../language/model/names.ts';
import type { CacheLookup } from '../engine/cacheLookup.ts';
import type { CachedResult } from '../protocol/cachedResult.ts';
import type { Hash } from '../engine/hash.ts';
import { KeyMemo } from '../engine/keyMemo.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Logger } from '../protocol/logger.ts';
import type { ReadSource } from '../protocol/roles.ts';
import type { Projections } from '../store/store.ts';
import type { BlobCache } from './blobCache.ts';
import type { BundleChanges } from './bundleChanges.ts';
import type { Manifests } from './manifests.ts';
import { Soundness } from './soundness.ts';
import type { TraceJudge } from './traceJudge.ts';

/** earlier results of a step: those read at first, and all that are looked at */
const FIRST_RECENT = 8;
const RECENT = 64;
/** results with one candidate key that are judged before a task runs; those read at first */
const CANDIDATES = 256;
const FIRST_CANDIDATES = 8;
/** elements of a fan-out from which on all of them are compared with the same earlier results */
const WIDE = 64;

/** Earlier results that were read for one run or plan. */
interface RecentMemo {
  /** of wide steps, by id */
  readonly ofSteps: Map<string, Iterable<CachedResult>>;
  last: { readonly node: TaskNode; readonly results: Iterable<CachedResult> } | undefined;
}

export interface ResultCacheOptions {
  readonly projections: Projections;
  readonly blobs: BlobCache;
  readonly manifests: Manifests;
  readonly clock: Clock;
  readonly judge: TraceJudge;
  readonly bundles: BundleChanges;
  readonly logger: Logger;
  readonly hash: Hash;
}

/** Published results: those on disk, and those on their way to it, which a run that comes at once may already use. */
export class ResultCache {
  readonly #projections: Projections;
  readonly soundness: Soundness;
  /** of plans */
  readonly keys: KeyMemo;
  readonly #manifests: Manifests;
  readonly #clock: Clock;
  readonly #judge: TraceJudge;
  readonly #bundles: BundleChanges;
  readonly #logger: Logger;
  readonly #blobs: BlobCache;
  readonly #fresh = new Map<Digest, CachedResult>();
  /** the same by candidate key, newest last */
  readonly #freshCandidates = new Map<Digest, Set<CachedResult>>();

  constructor({ projections, blobs, manifests, clock, judge, bundles, logger, hash }: ResultCacheOptions) {
    this.keys = new KeyMemo(hash);
    this.#projections = projections;
    this.#judge = judge;
    this.#bundles = bundles;
    this.#logger = logger;
    this.#blobs = blobs;
    this.soundness = new Soundness(blobs);
    this.#manifests = manifests;
    this.#clock = clock;
  }

  /** Makes a result usable before it is on disk. The answer is to be called when it is, or will never be. */
  publish(result: CachedResult): () => void {
    this.#fresh.set(result.key, result);
    this.soundness.made(result.outputs);
    const alike = this.#publishCandidate(result);
    return () => {
      if (this.#fresh.get(result.key) === result) this.#fresh.delete(result.key);
      alike?.delete(result);
      if (result.candidate !== undefined && alike?.size === 0) this.#freshCandidates.delete(result.candidate);
    };
  }

  #publishCandidate(result: CachedResult): Set<CachedResult> | undefined {
    if (result.candidate === undefined || result.trace === undefined) return undefined;
    let alike = this.#freshCandidates.get(result.candidate);
    if (alike === undefined) this.#freshCandidates.set(result.candidate, (alike = new Set()));
    alike.add(result);
    return alike;
  }

  /** For one run or one plan: earlier results of a wide step are read once. `readSource`: of code that the store does not have. */
  lookup(readSource: ReadSource = () => Promise.resolve(undefined)): CacheLookup {
    const recent: RecentMemo = { ofSteps: new Map(), last: undefined };
    /** what cannot be judged, by name */
    const failed = new Set<string>();
    const judge = this.#judge;
    const bundles = this.#bundles;
    const read: ReadSource = async (digest) => (await this.#blobs.read(digest)) ?? (await readSource(digest));
    return {
      entry: (key) => this.#fresh.get(key) ?? this.#projections.entry(key),
      expect: (keys) => this.#projections.expect(keys),
      candidates: (candidate) => this.#candidates(candidate),
      recent: (node) => this.#recent(node, recent),
      judge: (entry, node) => (failed.has(judge.toName(entry, node)) ? { kind: 'none' } : judge.judge(entry, node)),
      learn: async (entries, node) => {
        const learn = async (entry: CachedResult): Promise<void> => {
          await bundles.learn(entry, node, read);
          await judge.learn(entry, node, read).catch((thrown: unknown) => {
            failed.add(judge.toName(entry, node));
            const cause = thrown instanceof Error ? thrown.message : String(thrown);
            this.#logger.debug('an earlier result cannot be judged', { entry: entry.id, cause });
          });
        };
        await Promise.all(entries.map(learn));
      },
      refused: (candidate) => this.#projections.refused(candidate),
      has: (blob) => this.soundness.has(blob),
      isDamaged: (blob) => this.soundness.isDamaged(blob),
      filesOf: (artifact) => this.#manifests.known(artifact),
      changes: (entry, node) => bundles.find(entry, node),
      now: () => this.#clock.now(),
    };
  }

  /** Mostly there are few, and the first stands. */
  *#candidates(candidate: Digest): Iterable<CachedResult> {
    const fresh = [...(this.#freshCandidates.get(candidate) ?? [])].reverse();
    yield* fresh;
    const first = this.#projections.candidates(candidate, FIRST_CANDIDATES);
    yield* first;
    if (first.length < FIRST_CANDIDATES) return;
    yield* this.#projections.candidates(candidate, CANDIDATES).slice(FIRST_CANDIDATES);
  }

  #recent(node: TaskNode, memo: RecentMemo): Iterable<CachedResult> {
    const isWide = node.place.tasks.length > WIDE;
    if (!isWide) {
      const { last } = memo;
      if (last?.node === node) return last.results;
      // The reasons of a task ask, and then its expected time.
      const found = keepRead(this.#nearFirst(node));
      memo.last = { node, results: found };
      return found;
    }
    let results = memo.ofSteps.get(node.step.id);
    if (results === undefined)
      memo.ofSteps.set(node.step.id, (results = this.#projections.recentEntries(node.step.name, node.id, FIRST_RECENT)));
    return results;
  }

  /** Mostly the first is near enough: the others are read only for who asks for them. */
  *#nearFirst({ step, id }: TaskNode): Iterable<CachedResult> {
    const [first] = this.#projections.recentEntries(step.name, id, 1);
    if (first === undefined) return;
    yield first;
    const near = this.#projections.recentEntries(step.name, id, FIRST_RECENT);
    yield* near.slice(1);
    if (near.length === FIRST_RECENT) yield* this.#projections.recentEntries(step.name, id, RECENT).slice(FIRST_RECENT);
  }
}

/** The same again and again, each read once and only when somebody gets so far. */
function keepRead<T>(source: Iterable<T>): Iterable<T> {
  const read: T[] = [];
  const rest = source[Symbol.iterator]();
  return {
    *[Symbol.iterator]() {
      for (let index = 0; ; index += 1) {
        if (index === read.length) {
          const next = rest.next();
          if (next.done === true) return;
          read.push(next.value);
        }
        yield read[index] as T;
      }
    },
  };
}
