import type { BoxGraph } from './boxGraph.ts';
import { EDGE_GAP, NODE_GAP } from './layout.ts';
import { placeApart, type Row } from './placeNodes.ts';
import { floatAt, toGrid } from './typedArrays.ts';

/** Two places on the grid may be nearer than they should by this. */
const SLACK = 0.25;
/** What is new gives way to what is there. */
const NEW_WEIGHT = 0.01;

export interface FitContext {
  readonly graph: BoxGraph;
  /** of the boxes, then of the passes of lines */
  readonly x: Float64Array;
  readonly isMoved: Uint8Array;
  readonly isNewPass: Uint8Array;
}

interface RowsInput {
  readonly graph: BoxGraph;
  readonly rowOf: Int32Array;
  readonly firstPass: Int32Array;
  /** by box: its row has to make room */
  readonly isWider: Uint8Array;
  readonly isNewPass: Uint8Array;
  readonly rows: number;
}

/** What stands in the rows that an edit touches: those that have to make room, and those that new lines pass only. Passes come after the boxes. */
export function toRowsOf(input: RowsInput): { readonly changed: readonly number[][]; readonly passed: readonly number[][] } {
  const { graph, rowOf, firstPass, isWider, isNewPass } = input;
  const isChanged = new Uint8Array(input.rows);
  const isPassed = new Uint8Array(input.rows);
  rowOf.forEach((row, box) => {
    if (isWider[box] === 1) isChanged[row] = 1;
  });
  forEachPass(graph, rowOf, firstPass, (pass, row) => {
    if (isNewPass[pass] === 1) isPassed[row] = 1;
  });
  const members = new Map<number, number[]>();
  const add = (row: number, member: number): void => {
    if (isChanged[row] === 0 && isPassed[row] === 0) return;
    const row_ = members.get(row);
    if (row_ === undefined) members.set(row, [member]);
    else row_.push(member);
  };
  rowOf.forEach((row, box) => add(row, box));
  forEachPass(graph, rowOf, firstPass, (pass, row) => {
    if (isChanged[row] === 1 || isNewPass[pass] === 1) add(row, rowOf.length + pass);
  });
  const all = [...members];
  return {
    changed: all.flatMap(([row, list]) => (isChanged[row] === 1 ? [list] : [])),
    passed: all.flatMap(([row, list]) => (isChanged[row] === 1 ? [] : [list])),
  };
}

function forEachPass(graph: BoxGraph, rowOf: Int32Array, firstPass: Int32Array, visit: (pass: number, row: number) => void): void {
  for (let edge = 0; edge < graph.from.length; edge++) {
    const begin = firstPass[edge] ?? 0;
    const end = firstPass[edge + 1] ?? 0;
    if (begin === end) continue;
    const top = Math.min(rowOf[graph.from[edge] ?? 0] ?? 0, rowOf[graph.to[edge] ?? 0] ?? 0);
    for (let pass = begin; pass < end; pass++) visit(pass, top + 1 + pass - begin);
  }
}

/** Moves what stands in a row as little as makes room for what is new in it. */
export function fitRow(members: readonly number[], { graph, x, isMoved, isNewPass }: FitContext): void {
  const boxes = graph.widths.length;
  const sorted = members.toSorted((a, b) => (x[a] ?? 0) - (x[b] ?? 0) || a - b);
  const isNew = (member: number): boolean => (member < boxes ? isMoved[member] : isNewPass[member - boxes]) === 1;
  const row: Row = {
    layer: Int32Array.from(sorted),
    apart: Float64Array.from(sorted, (member, index) => distance(graph, sorted[index - 1] ?? member, member)),
    wishes: Float64Array.from(sorted, (member) => x[member] ?? 0),
    weights: Float64Array.from(sorted, (member) => (isNew(member) ? NEW_WEIGHT : 1)),
  };
  placeApart(row, x, (graph.widths[sorted[0] ?? 0] ?? 0) / 2);
  for (const member of members) x[member] = toGrid(floatAt(x, member));
}

/** Lines may come nearer to one another, and to boxes, than in a new layout: better than to move boxes for a line. */
function distance({ widths }: BoxGraph, left: number, right: number): number {
  const boxes = widths.length;
  const gap = left < boxes && right < boxes ? NODE_GAP : left < boxes || right < boxes ? EDGE_GAP / 2 : 0;
  return ((widths[left] ?? 0) + (widths[right] ?? 0)) / 2 + gap - SLACK;
}

/** Lets new lines pass beside the boxes of a row, none of which moves. */
export function fitPasses(members: readonly number[], { graph, x }: FitContext): void {
  const boxes = members.filter((member) => member < graph.widths.length).sort((a, b) => (x[a] ?? 0) - (x[b] ?? 0));
  const borders = boxes.map((box) => ({
    left: (x[box] ?? 0) - (graph.widths[box] ?? 0) / 2,
    right: (x[box] ?? 0) + (graph.widths[box] ?? 0) / 2,
  }));
  for (const pass of members) {
    if (pass < graph.widths.length) continue;
    const wish = x[pass] ?? 0;
    const at = borders.findIndex((border) => border.right + EDGE_GAP > wish);
    const hit = borders[at];
    if (hit === undefined || wish <= hit.left - EDGE_GAP) continue;
    const [before, after] = [borders[at - 1], borders[at + 1]];
    const left = before === undefined ? hit.left - EDGE_GAP : Math.max(hit.left - EDGE_GAP, (before.right + hit.left) / 2);
    const right = after === undefined ? hit.right + EDGE_GAP : Math.min(hit.right + EDGE_GAP, (hit.right + after.left) / 2);
    x[pass] = toGrid(wish - left <= right - wish ? Math.max(left, 0) : right);
  }
}
