import type { Position, Range } from '../model/diagnostic.ts';

/** Steps from the root of a file to a value: keys of maps and indexes of lists. */
export type ValuePath = readonly (string | number)[];

/** Half-open stretch of UTF-16 offsets. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where one value of a file stands. */
export interface Place {
  /** of its key, quotes included; absent for items of lists and for the root */
  readonly key: Span | undefined;
  readonly value: Span;
  /**
   * Offset of the first character of a text whose source is exactly its value, so that stretches inside the value can be named.
   * Absent for anything else (escapes, several lines, numbers, maps): then only the whole value can.
   */
  readonly textStart: number | undefined;
}

/** Exact places of everything that a file says. All answers are ranges, never `undefined`: a path that is not there answers with its nearest parent. */
export interface SourceMap {
  readonly file: string;
  has(path: ValuePath): boolean;
  valueRange(path: ValuePath): Range;
  /** Range of the key; of the value where there is no key. */
  keyRange(path: ValuePath): Range;
  /** `start` and `end` count UTF-16 code units in the text value at `path`; the whole value where it is not written as it is. */
  textRange(path: ValuePath, start: number, end: number): Range;
  /** Range of a stretch of offsets. */
  toRange(span: Span): Range;
  place(path: ValuePath): Place | undefined;
}

/** Starts of all lines of a text; a line ends with `\n` (`\r\n` included). */
export function toLineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

export function toPosition(lineStarts: readonly number[], offset: number): Position {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1 };
}

/** Paths as keys of a map. `\0` cannot stand in a YAML text. */
export function toPathKey(path: ValuePath): string {
  return path.join('\0');
}

const START: Place = { key: undefined, value: { start: 0, end: 0 }, textStart: undefined };

export function createSourceMap(file: string, text: string, places: ReadonlyMap<string, Place>): SourceMap {
  const lineStarts = toLineStarts(text);
  const toRange = (span: Span): Range => ({ start: toPosition(lineStarts, span.start), end: toPosition(lineStarts, span.end) });
  const nearest = (path: ValuePath): Place => {
    for (let length = path.length; length >= 0; length -= 1) {
      const place = places.get(toPathKey(path.slice(0, length)));
      if (place !== undefined) return place;
    }
    return START;
  };
  return {
    file,
    toRange,
    has: (path) => places.has(toPathKey(path)),
    place: (path) => places.get(toPathKey(path)),
    valueRange: (path) => toRange(nearest(path).value),
    keyRange: (path) => toRange(nearest(path).key ?? nearest(path).value),
    textRange(path, start, end) {
      const place = nearest(path);
      if (place.textStart === undefined) return toRange(place.value);
      return toRange({ start: place.textStart + start, end: place.textStart + end });
    },
  };
}
