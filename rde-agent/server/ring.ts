/** The newest numbered actions of something that is not kept on disk, for clients that were away for a moment. */
export interface Ring<A> {
  /** number of the newest; 0 = none yet */
  readonly seq: number;
  /** Takes the next action. Its number is `seq` afterwards. */
  push(action: A): void;
  /** Those after a number, or `undefined` when some of them are gone (or the number is from the future). */
  after(seq: number): readonly A[] | undefined;
}

/** `start` = number of the last action before the first that is pushed. */
export function createRing<A>(limit: number, start = 0): Ring<A> {
  const kept: A[] = [];
  let seq = start;
  return {
    get seq() {
      return seq;
    },
    push(action) {
      kept.push(action);
      seq += 1;
      if (kept.length > limit * 2) kept.splice(0, kept.length - limit);
    },
    after(from) {
      if (from > seq || from < seq - Math.min(kept.length, limit)) return undefined;
      return from === seq ? [] : kept.slice(from - seq);
    },
  };
}
