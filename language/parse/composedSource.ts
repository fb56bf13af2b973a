import type { Range } from '../model/diagnostic.ts';
import { toLineStarts, toPosition, type Place, type SourceMap, type Span, type ValuePath } from './sourceMap.ts';

/** Lines that stand before a step where it is read by itself. */
export const STEP_LINES = 2;

/** A step read by itself: places and lines are those in its frame. */
export interface ReadStep {
  readonly source: SourceMap;
}

/** A workflow put together from steps that were read by themselves, and from everything else with a stand-in for them. */
export interface Composed {
  readonly file: string;
  readonly text: string;
  /** id of a step → its index */
  readonly indexes: ReadonlyMap<string, number>;
  readonly read: readonly ReadStep[];
  /** offsets of the steps, then of what follows them */
  readonly starts: Int32Array;
  /** the same in lines, from 1 */
  readonly lines: Int32Array;
  /** code units before a step where it is read by itself */
  readonly frameStart: number;
  readonly frame: SourceMap;
  /** where the stand-in ends in the frame */
  readonly standInEnd: number;
  readonly shiftFrame: (range: Range) => Range;
}

const START: Place = { key: undefined, value: { start: 0, end: 0 }, textStart: undefined };

/** Places of everything: those of a step from its block, all others from the frame. Nothing is computed before it is asked for. */
export function composeSource(composed: Composed): SourceMap {
  let lineStarts: readonly number[] | undefined;
  const toRange = ({ start, end }: Span): Range => {
    lineStarts ??= toLineStarts(composed.text);
    return { start: toPosition(lineStarts, start), end: toPosition(lineStarts, end) };
  };
  const nearest = (path: ValuePath): Place => {
    for (let length = path.length; length >= 0; length -= 1) {
      const found = findPlace(composed, path.slice(0, length));
      if (found !== undefined) return found;
    }
    return START;
  };
  const ofStep = (path: ValuePath, ask: (source: SourceMap) => Range): Range | undefined => askStep(composed, path, ask);
  return {
    file: composed.file,
    toRange,
    place: (path) => findPlace(composed, path),
    has: (path) => hasPlace(composed, path),
    valueRange: (path) => ofStep(path, (source) => source.valueRange(path)) ?? toRange(nearest(path).value),
    keyRange: (path) => ofStep(path, (source) => source.keyRange(path)) ?? toRange(nearest(path).key ?? nearest(path).value),
    textRange(path, start, end) {
      const found = ofStep(path, (source) => source.textRange(path, start, end));
      if (found !== undefined) return found;
      const { textStart, value } = nearest(path);
      return toRange(textStart === undefined ? value : { start: textStart + start, end: textStart + end });
    },
  };
}

export function shiftRange({ start, end }: Range, lines: number): Range {
  return { start: { ...start, line: start.line + lines }, end: { ...end, line: end.line + lines } };
}

function findStep({ indexes }: Composed, path: ValuePath): number | undefined {
  return path.length > 1 && path[0] === 'steps' ? indexes.get(String(path[1])) : undefined;
}

/** A range in a step needs no lines of the whole text; `undefined` where the path is not in a step that has a place. */
function askStep(composed: Composed, path: ValuePath, ask: (source: SourceMap) => Range): Range | undefined {
  const index = findStep(composed, path);
  const source = index === undefined ? undefined : composed.read[index]?.source;
  if (index === undefined || source === undefined || !source.has(path.slice(0, 2))) return undefined;
  return shiftRange(ask(source), (composed.lines[index] ?? 0) - STEP_LINES - 1);
}

function hasPlace(composed: Composed, path: ValuePath): boolean {
  if (path[0] !== 'steps' || path.length === 1) return composed.frame.has(path);
  const index = findStep(composed, path);
  return index !== undefined && composed.read[index]?.source.has(path) === true;
}

function findPlace(composed: Composed, path: ValuePath): Place | undefined {
  const { frame, standInEnd, starts, frameStart, read } = composed;
  if (path[0] !== 'steps') {
    const toTail = (starts[read.length] ?? 0) - standInEnd;
    const found = shiftPlace(frame.place(path), (at) => (at >= standInEnd ? at + toTail : at));
    return path.length === 0 ? widen(composed, path, found) : found;
  }
  if (path.length === 1) return widen(composed, path, frame.place(path));
  const index = findStep(composed, path);
  if (index === undefined) return undefined;
  const shift = (starts[index] ?? 0) - frameStart;
  return shiftPlace(read[index]?.source.place(path), (at) => at + shift);
}

/** The root and `steps` hold all steps. */
function widen(composed: Composed, path: ValuePath, found: Place | undefined): Place | undefined {
  if (found === undefined) return undefined;
  const ids = [...composed.indexes.keys()];
  const lastEnd = findPlace(composed, ['steps', ids.at(-1) ?? ''])?.value.end ?? found.value.end;
  if (path.length === 0) return { ...found, value: { start: found.value.start, end: Math.max(found.value.end, lastEnd) } };
  return { ...found, value: { start: findPlace(composed, ['steps', ids[0] ?? ''])?.key?.start ?? found.value.start, end: lastEnd } };
}

function shiftPlace(place: Place | undefined, shift: (at: number) => number): Place | undefined {
  if (place === undefined) return undefined;
  const toSpan = ({ start, end }: Span): Span => ({ start: shift(start), end: shift(end) });
  const { key, value, textStart } = place;
  return {
    key: key === undefined ? undefined : toSpan(key),
    value: toSpan(value),
    textStart: textStart === undefined ? undefined : shift(textStart),
  };
}
