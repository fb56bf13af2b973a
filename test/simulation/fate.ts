import { digestOf } from '../support/pinnedWorkflow.ts';

/** mulberry32: small, seeded, good enough to choose. Answers whole numbers from 0 below `below`. */
export function createChance(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** What a task does whenever and wherever it runs. */
export interface Fate {
  readonly fails: boolean;
  /** attempts that end with a fault of the machine before the one that counts */
  readonly faults: number;
  /** `undefined` = it gives no metric */
  readonly metric: number | undefined;
}

const fates = new Map<string, Fate>();

/** `path`: ids of tasks from the outermost run on, joined by `/`. */
export function toFate(path: string): Fate {
  let fate = fates.get(path);
  if (fate === undefined) {
    const bytes = Buffer.from(digestOf(path).slice(7, 15), 'hex');
    const [first = 0, second = 0, third = 0] = bytes;
    fate = { fails: first < 20, faults: second < 40 ? 1 : 0, metric: third < 245 ? third % 3 : undefined };
    fates.set(path, fate);
  }
  return fate;
}

/** Elements that a fan-out over this output has; the same for whoever reads it. */
export function toElementCount(step: string): number {
  return Number.parseInt(digestOf(`elements of ${step}`).slice(7, 9), 16) % 4;
}
