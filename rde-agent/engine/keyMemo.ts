import type { Digest } from '../../language/model/names.ts';
import type { Hash } from './hash.ts';
import type { StepNode } from './taskNode.ts';

/** elements from which on the keys of a fan-out are remembered: below it they are made faster than found */
const WIDE = 64;
/** keys remembered */
const CAPACITY = 65_536;

/** Keys of a fan-out's tasks, by element; a key that was not made yet is `undefined`. */
export type StepKeys = (Digest | undefined)[];

/** Keys of wide steps, from plan to plan: one text, one key, so that ten thousand tasks that are what they were are not hashed again. */
export class KeyMemo {
  readonly #hash: Hash;
  readonly #known = new Map<Digest, StepKeys>();
  readonly #places = new WeakMap<StepNode, StepKeys>();
  #size = 0;

  constructor(hash: Hash) {
    this.#hash = hash;
  }

  /** `shared` = all that the keys of this step have in common, as text; `undefined` = not remembered. To be filled in by the caller. */
  keysOf(place: StepNode, shared: () => string): StepKeys | undefined {
    const { tasks } = place;
    if (tasks.length < WIDE) return undefined;
    const known = this.#places.get(place);
    if (known?.length === tasks.length) return known;
    const keys = this.#find(this.#hash(`${shared()}\0${JSON.stringify(tasks.map(({ params }) => params))}`), tasks.length);
    this.#places.set(place, keys);
    return keys;
  }

  #find(name: Digest, length: number): StepKeys {
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    if (this.#size + length > CAPACITY) {
      this.#known.clear();
      this.#size = 0;
    }
    const keys: StepKeys = new Array<Digest | undefined>(length).fill(undefined);
    this.#known.set(name, keys);
    this.#size += length;
    return keys;
  }
}
