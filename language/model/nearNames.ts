const LONGEST_COMPARED = 64;

/**
 * Names that somebody probably meant, the most similar first: a difference in case only, or few enough typing slips for the
 * length of the name. Empty when nothing is similar.
 */
export function toNearNames(text: string, names: Iterable<string>, most = 3): readonly string[] {
  if (text.length > LONGEST_COMPARED) return [];
  const limit = Math.max(1, Math.floor(text.length / 3));
  const lower = text.toLowerCase();
  const near: { readonly name: string; readonly distance: number }[] = [];
  for (const name of names) {
    if (name === text || Math.abs(name.length - text.length) > limit) continue;
    const distance = name.toLowerCase() === lower ? 0 : toDistance(...withoutCommon(text, name), limit);
    if (distance <= limit) near.push({ name, distance });
  }
  near.sort((one, other) => one.distance - other.distance || (one.name < other.name ? -1 : 1));
  return near.slice(0, most).map((entry) => entry.name);
}

export function toNearestName(text: string, names: Iterable<string>): string | undefined {
  return toNearNames(text, names, 1)[0];
}

/** What remains of two texts without their common beginning and end: they are as far apart as the whole. */
function withoutCommon(one: string, other: string): readonly [string, string] {
  const shorter = Math.min(one.length, other.length);
  let start = 0;
  while (start < shorter && one[start] === other[start]) start += 1;
  let end = 0;
  while (end < shorter - start && one.at(-1 - end) === other.at(-1 - end)) end += 1;
  return [one.slice(start, one.length - end), other.slice(start, other.length - end)];
}

/** Typing slips between two texts: letters added, lost, changed, or two neighbours swapped. Gives up beyond `limit`. */
function toDistance(one: string, other: string, limit: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= other.length; column += 1) {
      current.push(toCell(one, other, row, column, { beforeLast, last, current }));
    }
    if (Math.min(...current) > limit) return limit + 1;
    beforeLast = last;
    last = current;
  }
  return last[other.length] ?? limit + 1;
}

interface Rows {
  readonly beforeLast: readonly number[];
  readonly last: readonly number[];
  readonly current: readonly number[];
}

function toCell(one: string, other: string, row: number, column: number, rows: Rows): number {
  const isSame = one[row - 1] === other[column - 1];
  const changed = (rows.last[column - 1] ?? 0) + (isSame ? 0 : 1);
  const smallest = Math.min(changed, (rows.last[column] ?? 0) + 1, (rows.current[column - 1] ?? 0) + 1);
  const isSwapped = row > 1 && column > 1 && one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
  return isSwapped ? Math.min(smallest, (rows.beforeLast[column - 2] ?? 0) + 1) : smallest;
}
