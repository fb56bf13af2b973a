import type { Digest } from '../../language/model/names.ts';
import { SMALL_BLOB, type BlobCondition, type BlobStore, type ExpectedBlob } from '../store/store.ts';

/** bytes of small blobs kept in memory */
const CAPACITY = 32 * 1024 * 1024;

/**
 * The store's blobs as the executor sees them: with those that are on their way to disk (held), and with the small ones of late in
 * memory, so that a chain of small outputs never waits for a read.
 */
export class BlobCache {
  readonly #store: BlobStore;
  readonly #held = new Map<Digest, { readonly bytes: Uint8Array; count: number }>();
  readonly #recent = new Map<Digest, Uint8Array>();
  #size = 0;

  constructor(store: BlobStore) {
    this.#store = store;
  }

  /** Bytes that a transaction under way will make durable. */
  hold(digest: Digest, bytes: Uint8Array): void {
    this.#store.touch(digest);
    const held = this.#held.get(digest);
    if (held === undefined) this.#held.set(digest, { bytes, count: 1 });
    else held.count += 1;
  }

  /** The transaction has been committed. */
  release(digest: Digest): void {
    const held = this.#held.get(digest);
    if (held === undefined) return;
    held.count -= 1;
    if (held.count > 0) return;
    this.#held.delete(digest);
    this.#remember(digest, held.bytes);
  }

  has(digest: Digest): boolean {
    return this.#held.has(digest) || this.#store.has(digest);
  }

  /** The store has deleted it; what a transaction under way brings stays. */
  forget(digest: Digest): void {
    const bytes = this.#recent.get(digest);
    if (bytes === undefined) return;
    this.#recent.delete(digest);
    this.#size -= bytes.length;
  }

  /** See BlobStore. */
  check(digest: Digest, expected: ExpectedBlob): BlobCondition {
    return this.#held.has(digest) ? 'sound' : this.#store.check(digest, expected);
  }

  verify(digest: Digest): Promise<boolean> {
    return this.#held.has(digest) ? Promise.resolve(true) : this.#store.verify(digest);
  }

  /** See BlobStore. */
  isSetAside(digest: Digest): boolean {
    return this.#store.isSetAside(digest);
  }

  /** Bytes that are in memory. */
  peek(digest: Digest): Uint8Array | undefined {
    return this.#held.get(digest)?.bytes ?? this.#recent.get(digest);
  }

  async read(digest: Digest): Promise<Uint8Array | undefined> {
    const known = this.peek(digest);
    if (known !== undefined) return known;
    const bytes = await this.#store.read(digest);
    if (bytes !== undefined) this.#remember(digest, bytes);
    return bytes;
  }

  /** A read-only file with these bytes. Rejects with `unknown-blob`. */
  toPath(digest: Digest): Promise<string> {
    return this.#store.toPath(digest);
  }

  #remember(digest: Digest, bytes: Uint8Array): void {
    if (bytes.length > SMALL_BLOB || this.#recent.has(digest)) return;
    this.#recent.set(digest, bytes);
    this.#size += bytes.length;
    for (const [oldest, dropped] of this.#recent) {
      if (this.#size <= CAPACITY) return;
      this.#recent.delete(oldest);
      this.#size -= dropped.length;
    }
  }
}
