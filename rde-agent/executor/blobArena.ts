import type { SmallBlob } from '../store/store.ts';

/** bytes of one piece of memory, and of the biggest blob that shares one with others */
const PIECE = 16_384;
const SHARING = 1024;

/**
 * Copies of small blobs. A few bytes of a buffer that others use would keep all of it in memory; a piece of memory for each of ten thousand
 * costs more than the blobs. So those of one time share one: they are let go of at one time, too.
 */
export class BlobArena {
  #piece = new Uint8Array(0);
  #used = 0;

  own(blob: SmallBlob): SmallBlob {
    const { digest, bytes } = blob;
    if (bytes.byteLength === bytes.buffer.byteLength) return blob;
    if (bytes.length > SHARING) return { digest, bytes: new Uint8Array(bytes) };
    if (this.#used + bytes.length > this.#piece.length) {
      this.#piece = new Uint8Array(PIECE);
      this.#used = 0;
    }
    this.#piece.set(bytes, this.#used);
    const own = this.#piece.subarray(this.#used, (this.#used += bytes.length));
    return { digest, bytes: own };
  }
}
