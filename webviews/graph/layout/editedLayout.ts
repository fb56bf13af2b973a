import { toFirstPasses, type BoxGraph, type Skeleton } from './boxGraph.ts';
import { toNeighbours } from './layeredGraph.ts';
import { NODE_GAP, type Point } from './layout.ts';
import { fitPasses, fitRow, toRowsOf } from './fitRows.ts';
import { settleRows } from './settleRows.ts';

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
  const { rowOf: rowBefore } = before;
  const isBackward = Uint8Array.from(graph.from, (from, edge) => {
    const [upper, lower] = [rowBefore[from] ?? -1, rowBefore[graph.to[edge] ?? 0] ?? -1];
    return before.routes[edge] !== undefined && lower >= 0 && upper > lower ? 1 : 0;
  });
  const settled = settleRows(graph, { rowOf: rowBefore, isBackward });
  if (settled === undefined) return undefined;
  const isMoved = Uint8Array.from(settled, (row, box) => (row === rowBefore[box] ? 0 : 1));
  if (isMoved.reduce((sum, moved) => sum + moved, 0) > Math.max(2, MOST_CHANGED * settled.length)) return undefined;
  const { rowOf, rowsBefore } = withoutEmptyRows(settled);
  const boxX = toWishes(graph, before);
  const firstPass = toFirstPasses(graph, rowOf);
  const count = rowOf.length;
  const x = new Float64Array(count + (firstPass[graph.from.length] ?? 0));
  x.set(boxX);
  const isNewPass = new Uint8Array(x.length - count);
  for (let edge = 0; edge < graph.from.length; edge++) {
    const isKept = before.routes[edge] !== undefined && isMoved[graph.from[edge] ?? 0] === 0 && isMoved[graph.to[edge] ?? 0] === 0;
    setPasses({ graph, before, rowOf, rowsBefore, firstPass, x, isNewPass }, edge, isKept);
  }
  const isWider = Uint8Array.from(graph.widths, (width, box) => (isMoved[box] === 1 || width !== before.widths[box] ? 1 : 0));
  const rows = toRowsOf({ graph, rowOf, firstPass, isWider, isNewPass, rows: rowsBefore.length });
  for (const row of rows.changed) fitRow(row, { graph, x, isMoved, isNewPass });
  for (const row of rows.passed) fitPasses(row, { graph, x, isMoved, isNewPass });
  return { rowOf, x: x.slice(0, count), firstPass, passes: x.slice(count) };
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

/** Where a box was; a new one is wished at the mean of its neighbours, or at the right end where it has none. */
function toWishes(graph: BoxGraph, before: Before): Float64Array {
  const count = graph.widths.length;
  const x = before.x.slice();
  const added: number[] = [];
  let right = 0;
  before.rowOf.forEach((row, box) => {
    if (row < 0) added.push(box);
    else right = Math.max(right, (before.x[box] ?? 0) + (before.widths[box] ?? 0) / 2);
  });
  if (added.length === 0) return x;
  const known = Uint8Array.from(before.rowOf, (row) => (row < 0 ? 0 : 1));
  const ends = new Int32Array(2 * graph.from.length);
  ends.set(graph.from);
  ends.set(graph.to, graph.from.length);
  const others = new Int32Array(ends.length);
  others.set(graph.to);
  others.set(graph.from, graph.from.length);
  const { start, list } = toNeighbours(count, ends, others);
  for (const box of added) {
    const near = Array.from(list.subarray(start[box], start[box + 1])).filter((other) => known[other] === 1);
    x[box] =
      near.length === 0
        ? right + NODE_GAP + (graph.widths[box] ?? 0) / 2
        : near.reduce((sum, other) => sum + (x[other] ?? 0), 0) / near.length;
    known[box] = 1;
  }
  return x;
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

/** A kept line passes where it did; another is wished straight from end to end. */
function setPasses({ graph, before, rowOf, rowsBefore, firstPass, x, isNewPass }: PassInput, edge: number, isKept: boolean): void {
  const begin = firstPass[edge] ?? 0;
  const end = firstPass[edge + 1] ?? 0;
  if (begin === end) return;
  const [from, to] = [graph.from[edge] ?? 0, graph.to[edge] ?? 0];
  const isUp = (rowOf[from] ?? 0) > (rowOf[to] ?? 0);
  const [upper, lower] = isUp ? [to, from] : [from, to];
  const count = rowOf.length;
  const points = before.routes[edge] ?? [];
  const route = isUp ? points.toReversed() : points;
  let at = 0;
  for (let pass = begin; pass < end; pass++) {
    const step = pass - begin + 1;
    const y = before.tops[rowsBefore[(rowOf[upper] ?? 0) + step] ?? -1];
    if (isKept && y !== undefined) {
      while (at + 2 < route.length && (route[at + 1]?.y ?? 0) < y) at++;
      x[count + pass] = xAt(route[at], route[at + 1], y) - before.corner.x;
    } else {
      const share = step / (end - begin + 1);
      x[count + pass] = (x[upper] ?? 0) * (1 - share) + (x[lower] ?? 0) * share;
      isNewPass[pass] = 1;
    }
  }
}

function xAt(one: Point | undefined, other: Point | undefined, y: number): number {
  if (one === undefined || other === undefined) return one?.x ?? 0;
  if (one.x === other.x || one.y === other.y) return other.x;
  return one.x + ((other.x - one.x) * (y - one.y)) / (other.y - one.y);
}
