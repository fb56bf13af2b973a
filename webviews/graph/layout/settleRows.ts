import type { BoxGraph } from './boxGraph.ts';
import { toNeighbours, type Neighbours } from './layeredGraph.ts';

/** Rows of the boxes that were there before (-1 = a new box), and for each edge whether it led up before, as one of a cycle does. */
export interface RowsBefore {
  readonly rowOf: Int32Array;
  readonly isBackward: Uint8Array;
}

/**
 * Rows after an edit: what was there stays in its row unless something it needs is now in the same row or below. Rows may begin below
 * zero, and may be empty. `undefined` where new edges close a cycle.
 */
export function settleRows(graph: BoxGraph, before: RowsBefore): Int32Array | undefined {
  const count = graph.widths.length;
  const upper = graph.from.map((node, edge) => (before.isBackward[edge] === 1 ? (graph.to[edge] ?? 0) : node));
  const lower = graph.to.map((node, edge) => (before.isBackward[edge] === 1 ? (graph.from[edge] ?? 0) : node));
  const above = toNeighbours(count, lower, upper);
  const below = toNeighbours(count, upper, lower);
  const rowOf = before.rowOf.slice();
  const fresh = toNewOrder(before.rowOf, above, below);
  if (fresh === undefined) return undefined;
  for (const box of fresh) rowOf[box] = firstRowFor(box, before.rowOf, rowOf, above, below);
  for (const box of fresh.toReversed()) {
    const highest = extremeOf(below, box, rowOf, Math.min, Number.MAX_SAFE_INTEGER);
    if (above.start[box] === above.start[box + 1] && highest < Number.MAX_SAFE_INTEGER) rowOf[box] = highest - 1;
  }
  return push(upper, lower, below, rowOf) ? rowOf : undefined;
}

/** New boxes, each after the new ones that it needs; `undefined` where they need one another. */
function toNewOrder(before: Int32Array, above: Neighbours, below: Neighbours): number[] | undefined {
  const added: number[] = [];
  before.forEach((row, box) => {
    if (row < 0) added.push(box);
  });
  const isNew = (box: number): boolean => (before[box] ?? 0) < 0;
  const waiting = new Map(added.map((box) => [box, listOf(above, box).filter(isNew).length]));
  const order = added.filter((box) => waiting.get(box) === 0);
  for (const box of order) {
    for (const next of listOf(below, box).filter(isNew)) {
      const left = (waiting.get(next) ?? 0) - 1;
      waiting.set(next, left);
      if (left === 0) order.push(next);
    }
  }
  return order.length === added.length ? order : undefined;
}

/** Below all that it needs; else above what needs it, in a row of its own on top if it must be. */
function firstRowFor(box: number, before: Int32Array, rowOf: Int32Array, above: Neighbours, below: Neighbours): number {
  if (above.start[box] !== above.start[box + 1]) return extremeOf(above, box, rowOf, Math.max, -1) + 1;
  const rows = listOf(below, box).flatMap((other) => ((before[other] ?? -1) < 0 ? [] : [before[other] ?? 0]));
  return rows.length === 0 ? 0 : rows.reduce((least, row) => Math.min(least, row)) - 1;
}

/** Moves down whatever is not below all that it needs, and what needs that. */
function push(upper: Int32Array, lower: Int32Array, below: Neighbours, rowOf: Int32Array): boolean {
  const due: number[] = [];
  const lowerTo = (box: number, row: number): void => {
    if ((rowOf[box] ?? 0) > row) return;
    rowOf[box] = row + 1;
    due.push(box);
  };
  for (let edge = 0; edge < upper.length; edge++) lowerTo(lower[edge] ?? 0, rowOf[upper[edge] ?? 0] ?? 0);
  // In a cycle there is no end to it: more work than several new layouts is a sign of one.
  const most = 4 * (rowOf.length + upper.length);
  for (let head = 0; head < due.length; head++) {
    if (head > most) return false;
    const box = due[head] ?? 0;
    for (let at = below.start[box] ?? 0; at < (below.start[box + 1] ?? 0); at++) lowerTo(below.list[at] ?? 0, rowOf[box] ?? 0);
  }
  return true;
}

function listOf({ start, list }: Neighbours, box: number): number[] {
  return Array.from(list.subarray(start[box], start[box + 1]));
}

function extremeOf(
  { start, list }: Neighbours,
  box: number,
  rowOf: Int32Array,
  choose: (one: number, other: number) => number,
  none: number,
): number {
  let extreme = none;
  for (let at = start[box] ?? 0; at < (start[box + 1] ?? 0); at++) extreme = choose(extreme, rowOf[list[at] ?? 0] ?? 0);
  return extreme;
}
