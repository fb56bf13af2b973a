import type { Digest } from '../../language/model/names.ts';
import type { CacheLookup } from '../engine/decide.ts';
import type { CachedResult } from '../protocol/cachedResult.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Projections } from '../store/store.ts';
import type { BlobCache } from './blobCache.ts';
import type { Manifests } from './manifests.ts';
import { Soundness } from './soundness.ts';

/** earlier results that a miss is compared with */
const COMPARED = 8;
/** elements of a fan-out from which on all of them are compared with the same earlier results */
const WIDE = 64;

/** Published results: those on disk, and those on their way to it, which a run that comes at once may already use. */
export class ResultCache {
  readonly #projections: Projections;
  readonly soundness: Soundness;
  readonly #manifests: Manifests;
  readonly #clock: Clock;
  readonly #fresh = new Map<Digest, CachedResult>();
  /** keys that somebody computes, and who is to be woken when that ends */
  readonly #claims = new Map<Digest, Set<() => void>>();

  constructor(projections: Projections, blobs: BlobCache, manifests: Manifests, clock: Clock) {
    this.#projections = projections;
    this.soundness = new Soundness(blobs);
    this.#manifests = manifests;
    this.#clock = clock;
  }

  /** Makes a result usable before it is on disk. The answer is to be called when it is, or will never be. */
  publish(result: CachedResult): () => void {
    this.#fresh.set(result.key, result);
    this.soundness.made(result.outputs);
    return () => {
      if (this.#fresh.get(result.key) === result) this.#fresh.delete(result.key);
    };
  }

  /**
   * One computation per key: true = it is the caller's now, until `release`. False = somebody else's; `wake` is called when that
   * has ended, well or not, and the caller is to decide again.
   */
  claim(key: Digest, wake: () => void): boolean {
    const waiting = this.#claims.get(key);
    if (waiting === undefined) this.#claims.set(key, new Set());
    else waiting.add(wake);
    return waiting === undefined;
  }

  release(key: Digest): void {
    const waiting = this.#claims.get(key);
    this.#claims.delete(key);
    for (const wake of waiting ?? []) wake();
  }

  /** For one run or one plan: earlier results of a wide step are read once. */
  lookup(): CacheLookup {
    const recent = new Map<string, Iterable<CachedResult>>();
    return {
      entry: (key) => this.#fresh.get(key) ?? this.#projections.entry(key),
      recent: (node) => this.#recent(node, recent),
      has: (blob) => this.soundness.has(blob),
      filesOf: (artifact) => this.#manifests.known(artifact),
      now: () => this.#clock.now(),
    };
  }

  #recent(node: TaskNode, memo: Map<string, Iterable<CachedResult>>): Iterable<CachedResult> {
    const isWide = node.place.tasks.length > WIDE;
    if (!isWide) return this.#nearFirst(node);
    let results = memo.get(node.step.id);
    if (results === undefined) memo.set(node.step.id, (results = this.#projections.recentEntries(node.step.name, node.id, COMPARED)));
    return results;
  }

  /** Mostly the first is near enough: the others are read only for who asks for them. */
  *#nearFirst({ step, id }: TaskNode): Iterable<CachedResult> {
    const [first] = this.#projections.recentEntries(step.name, id, 1);
    if (first === undefined) return;
    yield first;
    yield* this.#projections.recentEntries(step.name, id, COMPARED).slice(1);
  }
}
