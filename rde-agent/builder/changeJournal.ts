/** Paths; whoever asks less often than this many changes looks at everything. */
const KEPT = 1024;

/** The paths of all changes in their order, for those who ask from time to time what has changed since they last asked. */
export class ChangeJournal {
  #paths: string[] = [];
  /** number of changes that are not kept any more */
  #dropped = 0;

  add(path: string): void {
    if (this.#paths.length >= 2 * KEPT) {
      this.#paths = this.#paths.slice(-KEPT);
      this.#dropped += KEPT;
    }
    this.#paths.push(path);
  }

  /** Number of changes so far. */
  get position(): number {
    return this.#dropped + this.#paths.length;
  }

  /** What has changed since a position, perhaps several times; `undefined` = too much to be known. */
  since(position: number): readonly string[] | undefined {
    return position < this.#dropped ? undefined : this.#paths.slice(position - this.#dropped);
  }
}
