import type { TextEdit } from '../model/diagnostic.ts';
import type { SourceMap, ValuePath } from '../parse/sourceMap.ts';

/**
 * Puts one more entry into a map: after the first of `after` that is there, else as its first. `keys` are those that the map may have. Styles
 * are kept: `{ a: b }` stays in one line, other entries get a line of their own. `undefined` where the map is written in some other way.
 */
export function toEntryInsertion(
  source: SourceMap,
  path: ValuePath,
  keys: readonly string[],
  entry: { readonly key: string; readonly value: string },
  after: readonly string[] = [],
): TextEdit | undefined {
  const map = source.place(path);
  const children = keys
    .map((key) => ({ key, place: source.place([...path, key]) }))
    .flatMap(({ key, place }) => (place?.key === undefined ? [] : [{ key, start: place.key.start, end: place.value.end }]))
    .sort((one, other) => one.start - other.start);
  const [first] = children;
  const text = `${entry.key}: ${entry.value}`;
  // `{}`, which nothing else is as short as.
  if (map !== undefined && first === undefined && map.value.end - map.value.start === 2) {
    return { file: source.file, range: source.toRange(map.value), newText: `{ ${text} }` };
  }
  // An alias has its children where it stands itself: there is nothing to write into.
  if (map === undefined || first === undefined || children.some(({ start }) => start < map.value.start)) return undefined;
  const isFlow = first.start > map.value.start;
  const before = children[children.findIndex(({ key }) => after.includes(key)) + 1];
  const at = before?.start ?? children.at(-1)?.end ?? 0;
  const range = source.toRange({ start: at, end: at });
  const indent = ' '.repeat(source.toRange({ start: first.start, end: first.start }).start.column - 1);
  const separator = isFlow ? ', ' : `\n${indent}`;
  return { file: source.file, range, newText: before === undefined ? `${separator}${text}` : `${text}${separator}` };
}
