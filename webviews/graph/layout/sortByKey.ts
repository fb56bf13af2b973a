import { intAt } from './typedArrays.ts';

/** Runs of this length are sorted by insertion before they are merged. */
const RUN = 12;

/**
 * Sorts `list[from] … list[to - 1]` by `keyOf[item]`, ascending and stable: merge sort from the bottom up, which needs one pass where
 * the list is nearly sorted already. `scratch` is at least as long as the stretch.
 */
export function sortByKey(list: Int32Array, from: number, to: number, keyOf: Float64Array | Int32Array, scratch: Int32Array): void {
  for (let start = from; start < to; start += RUN) insertionSort(list, start, Math.min(start + RUN, to), keyOf);
  for (let width = RUN; width < to - from; width *= 2) {
    for (let start = from; start + width < to; start += 2 * width) {
      merge(list, start, start + width, Math.min(start + 2 * width, to), keyOf, scratch);
    }
  }
}

function insertionSort(list: Int32Array, from: number, to: number, keyOf: Float64Array | Int32Array): void {
  for (let index = from + 1; index < to; index++) {
    const item = list[index] ?? 0;
    const key = keyOf[item] ?? 0;
    let at = index;
    for (; at > from && (keyOf[list[at - 1] ?? 0] ?? 0) > key; at--) list[at] = list[at - 1] ?? 0;
    list[at] = item;
  }
}

function merge(list: Int32Array, from: number, middle: number, to: number, keyOf: Float64Array | Int32Array, scratch: Int32Array): void {
  if ((keyOf[intAt(list, middle - 1)] ?? 0) <= (keyOf[intAt(list, middle)] ?? 0)) return;
  const length = middle - from;
  for (let index = 0; index < length; index++) scratch[index] = intAt(list, from + index);
  let left = 0;
  let right = middle;
  for (let at = from; left < length; at++) {
    const takeRight = right < to && (keyOf[intAt(list, right)] ?? 0) < (keyOf[intAt(scratch, left)] ?? 0);
    list[at] = takeRight ? intAt(list, right++) : intAt(scratch, left++);
  }
}
