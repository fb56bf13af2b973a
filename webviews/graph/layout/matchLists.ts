/** How far ahead the same item is looked for before all are looked up by key. */
const WINDOW = 8;

/**
 * For each item of a list the number of the one with the same key in an earlier list, or -1. Lists that are nearly the same are walked
 * side by side: where something was put in, or something taken out, among ten thousand, nothing is looked up.
 */
export function matchLists<T, U extends T>(
  items: readonly T[],
  earlier: readonly U[],
  keyOf: (item: T) => string,
  isSame: (one: T, other: T) => boolean,
): Int32Array {
  const match = new Int32Array(items.length).fill(-1);
  let byKey: Map<string, number> | undefined;
  let at = 0;
  let hasSkipped = false;
  items.forEach((item, index) => {
    const found = findAhead(earlier, at, item, isSame);
    if (found >= 0) {
      hasSkipped ||= found > at;
      at = found + 1;
      match[index] = found;
      return;
    }
    const next = earlier[at];
    const isInserted = next === undefined || findAhead(items, index + 1, next, isSame) >= 0;
    if (isInserted && !hasSkipped && byKey === undefined) return;
    // What was skipped may have moved to here.
    byKey ??= new Map(earlier.map((other, number) => [keyOf(other), number]));
    match[index] = byKey.get(keyOf(item)) ?? -1;
  });
  return match;
}

function findAhead<T, U extends T>(list: readonly U[], from: number, item: T, isSame: (one: T, other: T) => boolean): number {
  const end = Math.min(list.length, from + WINDOW);
  for (let at = from; at < end; at++) {
    const other = list[at];
    if (other !== undefined && isSame(item, other)) return at;
  }
  return -1;
}
