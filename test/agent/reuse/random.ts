/** The same numbers for the same seed. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** from 0 up to and without `below` */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.below(from.length)];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }
}

const fresh = process.env['CAIRN_SEED'] ?? process.env['CI_RUN_NUMBER'] ?? process.env['GITHUB_RUN_NUMBER'];

/** The fixed seeds, and a fresh one where there is one; `CAIRN_SEED` alone repeats just that one. */
export function listSeeds(fixed: readonly number[]): readonly number[] {
  if (process.env['CAIRN_SEED'] !== undefined) return [Number(process.env['CAIRN_SEED'])];
  return fresh === undefined ? fixed : [...fixed, Number(fresh)];
}
