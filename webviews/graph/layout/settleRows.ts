import type { BoxGraph } from './boxGraph.ts';
import { toNeighbours, type Neighbours } from './layeredGraph.ts';
import { intAt } from './typedArrays.ts';

/** Rows of the boxes that were there before (-1 = a new box), and for each edge whether it led up before, as one of a cycle does. */
export interface RowsBefore {
  readonly rowOf: Int32Array;
  readonly isBackward: Uint8Array;
}

/** What the new boxes are joined to. */
export interface NewBox {
  readonly box: number;
  readonly above: readonly number[];
  readonly below: readonly number[];
}

/** The new boxes, each after the new ones that it needs; `undefined` where they need one another. */
export function findNewBoxes({ from, to }: BoxGraph, { rowOf, isBackward }: RowsBefore): readonly NewBox[] | undefined {
  const added = new Map<number, { readonly box: number; readonly above: number[]; readonly below: number[] }>();
  for (let box = 0; box < rowOf.length; box++) if (intAt(rowOf, box) < 0) added.set(box, { box, above: [], below: [] });
  if (added.size === 0) return [];
  const join = (upper: number, lower: number): void => {
    added.get(upper)?.below.push(lower);
    added.get(lower)?.above.push(upper);
  };
  for (let edge = 0; edge < from.length; edge++) {
    if (isBackward[edge] === 1) join(intAt(to, edge), intAt(from, edge));
    else join(intAt(from, edge), intAt(to, edge));
  }
  const waiting = new Map([...added.values()].map(({ box, above }) => [box, above.filter((other) => added.has(other)).length]));
  const order = [...added.values()].filter(({ box }) => waiting.get(box) === 0);
  for (const { below } of order) {
    for (const other of below) {
      const left = (waiting.get(other) ?? 0) - 1;
      waiting.set(other, left);
      const next = added.get(other);
      if (left === 0 && next !== undefined) order.push(next);
    }
  }
  return order.length === added.size ? order : undefined;
}

/**
 * Rows after an edit: what was there stays in its row unless something it needs is now in the same row or below. Rows may begin below
 * zero, and may be empty. `undefined` where new edges close a cycle.
 */
export function settleRows(graph: BoxGraph, before: RowsBefore, added: readonly NewBox[]): Int32Array | undefined {
  const rowOf = before.rowOf.slice();
  for (const box of added) rowOf[box.box] = firstRowFor(box, before.rowOf, rowOf);
  for (const { box, above, below } of added.toReversed()) {
    if (above.length === 0 && below.length > 0)
      rowOf[box] = below.reduce((least, other) => Math.min(least, intAt(rowOf, other)), Infinity) - 1;
  }
  return push(graph, before.isBackward, rowOf) ? rowOf : undefined;
}

/** Below all that it needs; else above what needs it, in a row of its own on top if it must be. */
function firstRowFor({ above, below }: NewBox, before: Int32Array, rowOf: Int32Array): number {
  if (above.length > 0) return above.reduce((most, other) => Math.max(most, intAt(rowOf, other)), -1) + 1;
  const old = below.filter((other) => intAt(before, other) >= 0);
  return old.length === 0 ? 0 : old.reduce((least, other) => Math.min(least, intAt(rowOf, other)), Infinity) - 1;
}

/** Moves down whatever is not below all that it needs, and what needs that. `false` = there is no end to it. */
function push({ from, to }: BoxGraph, isBackward: Uint8Array, rowOf: Int32Array): boolean {
  const due: number[] = [];
  const lowerTo = (box: number, row: number): void => {
    if (intAt(rowOf, box) > row) return;
    rowOf[box] = row + 1;
    due.push(box);
  };
  for (let edge = 0; edge < from.length; edge++) {
    if (isBackward[edge] === 1) lowerTo(intAt(from, edge), intAt(rowOf, intAt(to, edge)));
    else lowerTo(intAt(to, edge), intAt(rowOf, intAt(from, edge)));
  }
  if (due.length === 0) return true;
  const below = toBelow(from, to, isBackward, rowOf.length);
  // In a cycle there is no end to it: more work than several new layouts is a sign of one.
  const most = 4 * (rowOf.length + from.length);
  for (let head = 0; head < due.length; head++) {
    if (head > most) return false;
    const box = due[head] ?? 0;
    for (let at = intAt(below.start, box); at < intAt(below.start, box + 1); at++) lowerTo(intAt(below.list, at), intAt(rowOf, box));
  }
  return true;
}

function toBelow(from: Int32Array, to: Int32Array, isBackward: Uint8Array, count: number): Neighbours {
  const upper = from.map((box, edge) => (isBackward[edge] === 1 ? intAt(to, edge) : box));
  const lower = to.map((box, edge) => (isBackward[edge] === 1 ? intAt(from, edge) : box));
  return toNeighbours(count, upper, lower);
}
