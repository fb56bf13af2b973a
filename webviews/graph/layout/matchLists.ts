/** How far ahead the same item is looked for before all are looked up by key. */
const WINDOW = 8;

/**
 * For each item of a list the one of an earlier list with the same key, if there is one. Lists that are nearly the same are walked side
 * by side: where something was put in, or something taken out, among ten thousand, nothing is looked up.
 */
export function matchLists<T, U extends T>(
  items: readonly T[],
  earlier: readonly U[],
  keyOf: (item: T) => string,
  isSame: (one: T, other: T) => boolean = (one, other) => keyOf(one) === keyOf(other),
): (U | undefined)[] {
  let byKey: Map<string, U> | undefined;
  const lookUp = (item: T): U | undefined => {
    byKey ??= new Map(earlier.map((other) => [keyOf(other), other]));
    return byKey.get(keyOf(item));
  };
  let at = 0;
  let hasSkipped = false;
  return items.map((item, index) => {
    const found = findAhead(earlier, at, item, isSame);
    if (found !== undefined) {
      hasSkipped ||= found > at;
      at = found + 1;
      return earlier[found];
    }
    const next = earlier[at];
    const isInserted = next === undefined || findAhead(items, index + 1, next, isSame) !== undefined;
    // What was skipped may have moved to here.
    return isInserted && !hasSkipped ? undefined : lookUp(item);
  });
}

function findAhead<T, U extends T>(list: readonly U[], from: number, item: T, isSame: (one: T, other: T) => boolean): number | undefined {
  const end = Math.min(list.length, from + WINDOW);
  for (let at = from; at < end; at++) {
    const other = list[at];
    if (other !== undefined && isSame(item, other)) return at;
  }
  return undefined;
}
