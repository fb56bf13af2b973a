import type { Digest } from '../../language/model/names.ts';
import { findDigests } from '../store/digests.ts';
import type { BlobSweep } from '../store/store.ts';

/**
 * Content that is needed. Whatever a needed thing names is needed as well, to any depth: events name outputs, definitions and traces, definitions
 * name artifacts and locks, manifests and folders name files. Taking a name for more than it is keeps too much, never too little.
 */
export class GarbageMarks {
  readonly #sweep: BlobSweep;
  /** bytes, of everything that was there at the beginning */
  readonly #sizes: ReadonlyMap<Digest, number>;
  readonly #marked = new Set<Digest>();

  constructor(sweep: BlobSweep, sizes: ReadonlyMap<Digest, number>) {
    this.#sweep = sweep;
    this.#sizes = sizes;
  }

  has(digest: Digest): boolean {
    return this.#marked.has(digest);
  }

  /** What these need that is not marked yet, themselves included. Marks nothing. */
  async reach(roots: Iterable<Digest>): Promise<ReadonlySet<Digest>> {
    const reached = new Set<Digest>();
    const open = [...roots];
    for (let digest = open.pop(); digest !== undefined; digest = open.pop()) {
      if (reached.has(digest) || this.#marked.has(digest)) continue;
      reached.add(digest);
      // What has come since the beginning is not deleted, but what it names may be older.
      open.push(...(await this.#sweep.references(digest)));
    }
    return reached;
  }

  mark(digests: Iterable<Digest>): void {
    for (const digest of digests) this.#marked.add(digest);
  }

  async markAll(roots: Iterable<Digest>): Promise<void> {
    this.mark(await this.reach(roots));
  }

  bytesOf(digests: Iterable<Digest>): number {
    let bytes = 0;
    for (const digest of digests) bytes += this.#sizes.get(digest) ?? 0;
    return bytes;
  }
}

/** Everything that an event names: what is no blob does no harm. */
export function listNamed(event: object): readonly Digest[] {
  return findDigests(JSON.stringify(event));
}
