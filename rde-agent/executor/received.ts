import type { Digest } from '../../language/model/names.ts';
import type { Hash } from '../engine/hash.ts';
import { CairnError } from '../protocol/errors.ts';
import type { ArtifactManifest } from '../protocol/pinned.ts';
import type { BlobBytes } from '../protocol/roles.ts';
import { SMALL_BLOB, type BlobStore, type SmallBlob } from '../store/store.ts';
import type { BlobCache } from './blobCache.ts';
import type { Manifests } from './manifests.ts';

/** The bytes that came with a request, checked, together with those that are here already. */
export class Received {
  readonly #bytes = new Map<Digest, Uint8Array>();
  readonly #blobs: BlobCache;
  readonly #manifests: Manifests;

  /** Throws `invalid-request` when bytes are not what their digest says. */
  constructor(blobs: readonly BlobBytes[], cache: BlobCache, manifests: Manifests, hash: Hash) {
    this.#blobs = cache;
    this.#manifests = manifests;
    for (const { digest, bytes } of blobs) {
      const found = hash(bytes);
      if (found !== digest) throw new CairnError('invalid-request', `The content sent as ${digest} has digest ${found}`);
      this.#bytes.set(digest, bytes);
    }
  }

  get size(): number {
    return Array.from(this.#bytes.values()).reduce((sum, bytes) => sum + bytes.length, 0);
  }

  has(digest: Digest): boolean {
    return this.#bytes.has(digest) || this.#blobs.has(digest);
  }

  async read(digest: Digest): Promise<Uint8Array | undefined> {
    return this.#bytes.get(digest) ?? this.#blobs.read(digest);
  }

  /** Throws `unknown-blob`, naming what it is needed for. */
  assertHas(digest: Digest, what: string): void {
    if (!this.has(digest)) throw new CairnError('unknown-blob', `${what} (${digest}) is not here and was not sent`);
  }

  /** The manifest of an artifact with all of its files here. Rejects with `unknown-blob` or `invalid-request`. */
  async artifact(digest: Digest, name: string): Promise<ArtifactManifest> {
    const known = this.has(digest) ? this.#manifests.known(digest) : undefined;
    const bytes = known === undefined ? await this.read(digest) : undefined;
    if (known === undefined && bytes === undefined)
      throw new CairnError('unknown-blob', `the artifact of ${name} (${digest}) is not here and was not sent`);
    const manifest = known ?? this.#manifests.take(digest, bytes ?? new Uint8Array());
    for (const file of manifest.files) this.assertHas(file.digest, `${file.path} of ${name}`);
    return manifest;
  }

  /** Writes what is too big for a transaction, and answers the rest, to be written with it. */
  async store(blobs: BlobStore): Promise<readonly SmallBlob[]> {
    const small: SmallBlob[] = [];
    for (const [digest, bytes] of this.#bytes) {
      if (bytes.length <= SMALL_BLOB) small.push({ digest, bytes });
      else if (!blobs.has(digest)) await blobs.put(bytes);
    }
    return small;
  }
}
