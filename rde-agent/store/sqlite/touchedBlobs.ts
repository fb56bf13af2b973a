import type { Digest } from '../../../language/model/names.ts';

/** Seconds for which a blob that somebody has asked about or written stays, whatever refers to it: a reference may be on its way. */
const KEPT_SECONDS = 60;

/** Remembers which blobs were used of late, for at least `seconds` and at most twice as long. */
export class TouchedBlobs {
  readonly #seconds: number;
  readonly #now: () => number;
  #recent = new Set<Digest>();
  #before = new Set<Digest>();
  #turned: number;

  constructor(seconds = KEPT_SECONDS, now: () => number = () => performance.now() / 1000) {
    this.#seconds = seconds;
    this.#now = now;
    this.#turned = now();
  }

  add(digest: Digest): void {
    this.#recent.add(digest);
    // A clock is not read for each of ten thousand.
    if ((this.#recent.size & 1023) === 0) this.#turn();
  }

  has(digest: Digest): boolean {
    this.#turn();
    return this.#recent.has(digest) || this.#before.has(digest);
  }

  #turn(): void {
    const now = this.#now();
    if (now - this.#turned < this.#seconds) return;
    this.#before = now - this.#turned < 2 * this.#seconds ? this.#recent : new Set();
    this.#recent = new Set();
    this.#turned = now;
  }
}
