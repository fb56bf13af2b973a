/** Where something of a bundle stands in the files that it was made of; `file` is relative to the folder of the bundle. */
export interface SourcePlace {
  readonly file: string;
  /** from 1 */
  readonly line: number;
}

interface Segment {
  readonly column: number;
  readonly source: number;
  readonly line: number;
}

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Reads a source map. `undefined` for an offset that it knows nothing of, or where the map is none. */
export function createPlaceFinder(text: string, map: string | undefined): (start: number, end: number) => SourcePlace | undefined {
  const { sources, lines } = readMap(map);
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return (start, end) => {
    const row = starts.findLastIndex((lineStart) => lineStart <= start);
    const from = starts[row] ?? 0;
    // What begins a statement (`var `, `async`) may have no place of its own: the first thing in it has.
    const segment = lines[row]?.find(({ column }) => column >= start - from && column < end - from);
    const file = segment === undefined ? undefined : sources[segment.source];
    return segment === undefined || file === undefined ? undefined : { file, line: segment.line + 1 };
  };
}

function readMap(text: string | undefined): { readonly sources: readonly string[]; readonly lines: readonly (readonly Segment[])[] } {
  const nothing = { sources: [], lines: [] };
  if (text === undefined) return nothing;
  try {
    const map: unknown = JSON.parse(text);
    if (typeof map !== 'object' || map === null || !('sources' in map) || !('mappings' in map)) return nothing;
    const { sources, mappings } = map;
    if (!Array.isArray(sources) || typeof mappings !== 'string') return nothing;
    return { sources: sources.map(String), lines: decode(mappings) };
  } catch {
    // No map: the change is named without a place.
    return nothing;
  }
}

function decode(mappings: string): readonly (readonly Segment[])[] {
  let [source, line] = [0, 0];
  return mappings.split(';').map((row) => {
    let column = 0;
    return row.split(',').flatMap((text): readonly Segment[] => {
      const [columns = 0, sources, lines] = decodeNumbers(text);
      column += columns;
      if (sources === undefined || lines === undefined) return [];
      source += sources;
      line += lines;
      return [{ column, source, line }];
    });
  });
}

/** Numbers in base 64, five bits each, the lowest first; the lowest bit of all is the sign. */
function decodeNumbers(text: string): readonly number[] {
  const numbers: number[] = [];
  let [value, shift] = [0, 0];
  for (const char of text) {
    const digit = DIGITS.indexOf(char);
    value += (digit & 31) << shift;
    shift += 5;
    if ((digit & 32) !== 0) continue;
    numbers.push((value & 1) === 1 ? -(value >> 1) : value >> 1);
    [value, shift] = [0, 0];
  }
  return numbers;
}
