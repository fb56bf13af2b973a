import type { Digest } from '../../language/model/names.ts';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { toDigest } from './digest.ts';
import { KEPT_BYTES, readStable } from './readStable.ts';
import { runInSlices } from './timeSlices.ts';

/** bytes of content that are kept because they were just read and will be sent */
const BUDGET = 8_388_608;

/** Recently read content by digest, the oldest dropped first: what was hashed on a save is not read again for the push. */
export class ContentCache {
  readonly #contents = new Map<Digest, Uint8Array>();
  #bytes = 0;

  get(digest: Digest): Uint8Array | undefined {
    return this.#contents.get(digest);
  }

  put(digest: Digest, bytes: Uint8Array): void {
    if (bytes.length > KEPT_BYTES || this.#contents.has(digest)) return;
    this.#contents.set(digest, bytes);
    this.#bytes += bytes.length;
    for (const [oldest, content] of this.#contents) {
      if (this.#bytes <= BUDGET) return;
      this.#contents.delete(oldest);
      this.#bytes -= content.length;
    }
  }

  /** The file's bytes if they (still) have this digest. `disk` is relative to the root. */
  async load(root: string, disk: string, digest: Digest): Promise<Uint8Array | undefined> {
    const result = await runInSlices(readStable(root, disk));
    if (result.kind !== 'read' || result.digest !== digest) return undefined;
    if (result.bytes !== undefined) return result.bytes;
    const bytes = await readFile(path.join(root, disk));
    return toDigest(bytes) === digest ? new Uint8Array(bytes) : undefined;
  }
}
