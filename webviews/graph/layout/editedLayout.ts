import { toFirstPasses, type BoxGraph, type Skeleton } from './boxGraph.ts';
import { NODE_GAP, type Point } from './layout.ts';
import { fitPasses, fitRow, toRowsOf } from './fitRows.ts';
import { findNewBoxes, settleRows, type NewBox } from './settleRows.ts';
import { floatAt, intAt, toGrid } from './typedArrays.ts';

/** What a container was before an edit, by the box and edge numbers of now. The places `x` are from the container's own corner. */
export interface Before {
  /** -1 = a new box; the others are not read for it */
  readonly rowOf: Int32Array;
  readonly x: Float64Array;
  readonly widths: Float64Array;
  /** `undefined` = a new edge */
  readonly routes: readonly (readonly Point[] | undefined)[];
  /** where the container's own corner was; routes and tops are in the coordinates of the whole picture */
  readonly corner: Point;
  /** upper border of each row */
  readonly tops: readonly number[];
}

/** Where more than this share is new or has changed its row, a new layout is as near to the old one, and better. */
const MOST_CHANGED = 0.25;

/**
 * A container after an edit. Boxes keep their row and their place; those of a row in which one is new, wider or from another row make
 * room for it, and lines that are new pass where there is room. Nothing goes left of the container's corner, so that what is not moved
 * stays exactly where it was. `undefined` where little of it was there before.
 */
export function layoutEdited(graph: BoxGraph, before: Before): Skeleton | undefined {
  const rowsThen = { rowOf: before.rowOf, isBackward: findBackward(graph, before) };
  const added = findNewBoxes(graph, rowsThen);
  const settled = added === undefined ? undefined : settleRows(graph, rowsThen, added);
  if (added === undefined || settled === undefined) return undefined;
  const isMoved = findMoved(settled, before.rowOf);
  if (isMoved === undefined) return undefined;
  const { rowOf, rowsBefore } = withoutEmptyRows(settled);
  const firstPass = toFirstPasses(graph, rowOf);
  const count = rowOf.length;
  const x = new Float64Array(count + intAt(firstPass, graph.from.length));
  x.set(before.x);
  setWishes(graph, before, added, x);
  const isNewPass = new Uint8Array(x.length - count);
  const passing = { graph, before, rowOf, rowsBefore, firstPass, x, isNewPass };
  for (let edge = 0; edge < graph.from.length; edge++) {
    if (firstPass[edge] === firstPass[edge + 1]) continue;
    const isKept = before.routes[edge] !== undefined && isMoved[intAt(graph.from, edge)] === 0 && isMoved[intAt(graph.to, edge)] === 0;
    if (isKept) keepPasses(passing, edge);
    else wishPasses(passing, edge);
  }
  const isWider = new Uint8Array(count);
  for (let box = 0; box < count; box++) if (isMoved[box] === 1 || graph.widths[box] !== before.widths[box]) isWider[box] = 1;
  const rows = toRowsOf({ graph, rowOf, firstPass, isWider, isNewPass, rows: rowsBefore.length });
  for (const row of rows.changed) fitRow(row, { graph, x, isMoved, isNewPass });
  for (const row of rows.passed) fitPasses(row, { graph, x, isMoved, isNewPass });
  return { rowOf, x: x.subarray(0, count), firstPass, passes: x.subarray(count) };
}

function findBackward({ from, to }: BoxGraph, { rowOf, routes }: Before): Uint8Array {
  const isBackward = new Uint8Array(from.length);
  for (let edge = 0; edge < from.length; edge++) {
    const lower = intAt(rowOf, intAt(to, edge));
    if (lower >= 0 && intAt(rowOf, intAt(from, edge)) > lower && routes[edge] !== undefined) isBackward[edge] = 1;
  }
  return isBackward;
}

/** What is new, or in another row; `undefined` where that is much. */
function findMoved(settled: Int32Array, before: Int32Array): Uint8Array | undefined {
  const isMoved = new Uint8Array(settled.length);
  let moved = 0;
  for (let box = 0; box < settled.length; box++) {
    if (settled[box] === before[box]) continue;
    isMoved[box] = 1;
    moved++;
  }
  return moved > Math.max(2, MOST_CHANGED * settled.length) ? undefined : isMoved;
}

/** Rows counted from zero without those that have no box left; for each the row that it was before. */
function withoutEmptyRows(settled: Int32Array): { readonly rowOf: Int32Array; readonly rowsBefore: Int32Array } {
  const first = settled.reduce((least, row) => Math.min(least, row), 0);
  const last = settled.reduce((most, row) => Math.max(most, row), 0);
  const number = new Int32Array(last - first + 1);
  for (const row of settled) number[row - first] = 1;
  const rowsBefore: number[] = [];
  number.forEach((isUsed, row) => {
    if (isUsed === 1) number[row] = rowsBefore.push(row + first) - 1;
  });
  return { rowOf: settled.map((row) => number[row - first] ?? 0), rowsBefore: Int32Array.from(rowsBefore) };
}

/** A new box is wished at the mean of its neighbours, or at the right end where it has none. */
function setWishes(graph: BoxGraph, before: Before, added: readonly NewBox[], x: Float64Array): void {
  if (added.length === 0) return;
  const isKnown = before.rowOf.map((row) => (row < 0 ? 0 : 1));
  let right = 0;
  for (let box = 0; box < isKnown.length; box++) {
    if (isKnown[box] === 1) right = Math.max(right, floatAt(before.x, box) + floatAt(before.widths, box) / 2);
  }
  for (const { box, above, below } of added) {
    const near = [...above, ...below].filter((other) => isKnown[other] === 1);
    const sum = near.reduce((total, other) => total + floatAt(x, other), 0);
    x[box] = near.length === 0 ? right + NODE_GAP + floatAt(graph.widths, box) / 2 : toGrid(sum / near.length);
    isKnown[box] = 1;
  }
}

interface PassInput {
  readonly graph: BoxGraph;
  readonly before: Before;
  readonly rowOf: Int32Array;
  readonly rowsBefore: Int32Array;
  readonly firstPass: Int32Array;
  /** of the boxes, then of the passes */
  readonly x: Float64Array;
  readonly isNewPass: Uint8Array;
}

/** Upper end, lower end, and whether the edge leads up, as one of a cycle does. */
function toUpright({ graph, rowOf }: PassInput, edge: number): { readonly upper: number; readonly lower: number; readonly isUp: boolean } {
  const from = intAt(graph.from, edge);
  const to = intAt(graph.to, edge);
  const isUp = intAt(rowOf, from) > intAt(rowOf, to);
  return { upper: isUp ? to : from, lower: isUp ? from : to, isUp };
}

/** It passes where it did. */
function keepPasses(input: PassInput, edge: number): void {
  const { before, rowOf, rowsBefore, firstPass, x } = input;
  const { upper, isUp } = toUpright(input, edge);
  const points = before.routes[edge] ?? [];
  const route = isUp ? points.toReversed() : points;
  let at = 0;
  let row = intAt(rowOf, upper);
  for (let pass = intAt(firstPass, edge); pass < intAt(firstPass, edge + 1); pass++) {
    const y = before.tops[intAt(rowsBefore, ++row)] ?? 0;
    while (at + 2 < route.length && (route[at + 1]?.y ?? 0) < y) at++;
    x[rowOf.length + pass] = toGrid(xAt(route[at], route[at + 1], y) - before.corner.x);
  }
}

/** It is wished straight from end to end. */
function wishPasses(input: PassInput, edge: number): void {
  const { rowOf, firstPass, x, isNewPass } = input;
  const { upper, lower } = toUpright(input, edge);
  const begin = intAt(firstPass, edge);
  const end = intAt(firstPass, edge + 1);
  for (let pass = begin; pass < end; pass++) {
    const share = (pass - begin + 1) / (end - begin + 1);
    x[rowOf.length + pass] = toGrid(floatAt(x, upper) * (1 - share) + floatAt(x, lower) * share);
    isNewPass[pass] = 1;
  }
}

function xAt(one: Point | undefined, other: Point | undefined, y: number): number {
  if (one === undefined || other === undefined) return one?.x ?? 0;
  if (one.x === other.x || one.y === other.y) return other.x;
  return one.x + ((other.x - one.x) * (y - one.y)) / (other.y - one.y);
}
