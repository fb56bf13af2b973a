/** A task that waits for a place to run. */
export interface SlotRequest {
  /** the run's: places are shared between runs */
  readonly run: string;
  /** Called when the place is this task's, at once if one is free. The place is kept until `release`. */
  readonly start: () => void;
}

interface RunQueue {
  readonly waiting: Set<SlotRequest>;
  running: number;
}

/**
 * At most `size` tasks run at once, over all runs. A free place goes to the run that has the fewest, the oldest among equals, so that
 * a run of one task does not wait for one of ten thousand.
 */
export class Slots {
  readonly #size: number;
  /** in the order of submission */
  readonly #runs = new Map<string, RunQueue>();
  #used = 0;

  constructor(size: number) {
    this.#size = size;
  }

  request(request: SlotRequest): void {
    this.#queue(request.run).waiting.add(request);
    this.#grant();
  }

  /** Takes a waiting request back; one that has been granted is not touched. */
  withdraw(request: SlotRequest): void {
    this.#runs.get(request.run)?.waiting.delete(request);
    this.#forget(request.run);
  }

  release(run: string): void {
    const queue = this.#runs.get(run);
    if (queue === undefined) return;
    queue.running -= 1;
    this.#used -= 1;
    this.#forget(run);
    this.#grant();
  }

  #grant(): void {
    while (this.#used < this.#size) {
      const queue = this.#next();
      const [request] = queue?.waiting ?? [];
      if (queue === undefined || request === undefined) return;
      queue.waiting.delete(request);
      queue.running += 1;
      this.#used += 1;
      request.start();
    }
  }

  #next(): RunQueue | undefined {
    let next: RunQueue | undefined;
    for (const queue of this.#runs.values()) {
      if (queue.waiting.size > 0 && (next === undefined || queue.running < next.running)) next = queue;
    }
    return next;
  }

  #queue(run: string): RunQueue {
    const known = this.#runs.get(run);
    if (known !== undefined) return known;
    const queue: RunQueue = { waiting: new Set(), running: 0 };
    this.#runs.set(run, queue);
    return queue;
  }

  #forget(run: string): void {
    const queue = this.#runs.get(run);
    if (queue?.running === 0 && queue.waiting.size === 0) this.#runs.delete(run);
  }
}
