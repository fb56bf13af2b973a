import type { Digest } from '../../language/model/names.ts';
import type { CachedResult } from '../protocol/cachedResult.ts';
import type { OutputRecord } from '../protocol/runEvents.ts';
import type { BlobCache } from './blobCache.ts';
import { parseDirectory } from './manifests.ts';

/** directories remembered */
const KNOWN = 10_000;

/**
 * Tells whether the content of a result is still what was published. A result is reused only when it is: what was truncated, changed or
 * deleted since counts as missing, and its task runs again.
 */
export class Soundness {
  readonly #blobs: BlobCache;
  /** directories that were found whole */
  readonly #whole = new Set<Digest>();
  /** directories that lack some of their files, and what could not be read */
  readonly #broken = new Set<Digest>();
  /** directories that have damaged files */
  readonly #damaged = new Set<Digest>();

  constructor(blobs: BlobCache) {
    this.#blobs = blobs;
  }

  has(digest: Digest): boolean {
    return !this.#broken.has(digest) && this.#blobs.has(digest);
  }

  /** Of what is not there: whether it was there, damaged. */
  isDamaged(digest: Digest): boolean {
    return this.#damaged.has(digest) || this.#blobs.isSetAside(digest);
  }

  /** What has to be looked at more closely before the result may be reused. */
  doubtful({ outputs, at }: CachedResult): readonly OutputRecord[] {
    return Object.values(outputs).filter((output) => {
      if (output.format === 'manifest') return !this.#whole.has(output.digest);
      return this.#blobs.check(output.digest, { bytes: output.bytes, at }) === 'doubtful';
    });
  }

  /** Reads them; afterwards `has` tells. Never rejects: what cannot be read counts as missing. */
  async verify(outputs: readonly OutputRecord[], at: string): Promise<void> {
    for (const { format, digest } of outputs) {
      if (format === 'manifest') await this.#verifyDirectory(digest, at);
      else if (!(await this.#isThere(digest))) this.#broken.add(digest);
    }
  }

  /** These outputs were just made: their content is here, all of it. */
  made(outputs: CachedResult['outputs']): void {
    for (const { digest } of Object.values(outputs)) {
      this.#broken.delete(digest);
      this.#damaged.delete(digest);
    }
  }

  /** Something that was taken for whole was not: directories are looked at again. */
  distrust(): void {
    this.#whole.clear();
  }

  async #verifyDirectory(digest: Digest, at: string): Promise<void> {
    const isWhole = (await this.#isThere(digest)) && (await this.#hasFiles(digest, at));
    (isWhole ? this.#whole : this.#broken).add(digest);
    if (this.#whole.size > KNOWN) this.#whole.clear();
  }

  async #hasFiles(digest: Digest, at: string): Promise<boolean> {
    const bytes = await this.#blobs.read(digest);
    const manifest = bytes === undefined ? undefined : parseDirectory(bytes);
    if (manifest === undefined) return false;
    let isWhole = true;
    for (const file of manifest.files) {
      const found = this.#blobs.check(file.digest, { bytes: file.size ?? null, at });
      if (found === 'missing' || (found === 'doubtful' && !(await this.#isThere(file.digest)))) {
        isWhole = false;
        if (this.#blobs.isSetAside(file.digest)) this.#damaged.add(digest);
      }
    }
    return isWhole;
  }

  async #isThere(digest: Digest): Promise<boolean> {
    try {
      return await this.#blobs.verify(digest);
    } catch {
      // It cannot be read, so it cannot be relied on; it is made again, and writing that will tell what is wrong.
      return false;
    }
  }
}
