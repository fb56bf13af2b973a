import type { BoxGraph, Skeleton } from './boxGraph.ts';
import { LAYER_GAP } from './layout.ts';
import { floatAt, intAt } from './typedArrays.ts';

/** A container, drawn: places from its own top left corner. */
export interface Drawing {
  readonly rowOf: Int32Array;
  readonly left: Float64Array;
  readonly top: Float64Array;
  /** by edge: its points are `route[2 * i]`, `route[2 * i + 1]` for i from `firstPoint[e]` until `firstPoint[e + 1]`; the rest is unused */
  readonly firstPoint: Int32Array;
  readonly route: Float64Array;
  readonly width: number;
  readonly height: number;
}

interface Rows {
  readonly top: Float64Array;
  readonly bottom: Float64Array;
}

/** Rows as high as their highest boxes, and lines that pass between the boxes of every row straight down. */
export function drawSkeleton(graph: BoxGraph, skeleton: Skeleton): Drawing {
  const { rowOf, x, passes } = skeleton;
  const rows = toRows(graph.heights, rowOf);
  const left = new Float64Array(x.length);
  const top = new Float64Array(x.length);
  let width = 0;
  for (let box = 0; box < x.length; box++) {
    left[box] = floatAt(x, box) - floatAt(graph.widths, box) / 2;
    top[box] = floatAt(rows.top, intAt(rowOf, box));
    width = Math.max(width, floatAt(x, box) + floatAt(graph.widths, box) / 2);
  }
  for (let pass = 0; pass < passes.length; pass++) width = Math.max(width, floatAt(passes, pass));
  return { rowOf, left, top, ...toRoutes({ graph, skeleton, rows }), width, height: rows.bottom.at(-1) ?? 0 };
}

function toRows(heights: Float64Array, rowOf: Int32Array): Rows {
  let count = 0;
  for (let box = 0; box < rowOf.length; box++) count = Math.max(count, intAt(rowOf, box) + 1);
  const tallest = new Float64Array(count);
  for (let box = 0; box < rowOf.length; box++) {
    const row = intAt(rowOf, box);
    tallest[row] = Math.max(floatAt(tallest, row), floatAt(heights, box));
  }
  const top = new Float64Array(count);
  const bottom = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    top[row] = row === 0 ? 0 : floatAt(bottom, row - 1) + LAYER_GAP;
    bottom[row] = floatAt(top, row) + floatAt(tallest, row);
  }
  return { top, bottom };
}

interface RouteInput {
  readonly graph: BoxGraph;
  readonly skeleton: Skeleton;
  readonly rows: Rows;
}

function toRoutes(input: RouteInput): { firstPoint: Int32Array; route: Float64Array } {
  const edges = input.graph.from.length;
  const firstPoint = new Int32Array(edges + 1);
  // Two points for each pass, two for each end, at most.
  const route = new Float64Array(2 * (2 * input.skeleton.passes.length + 4 * edges));
  for (let edge = 0; edge < edges; edge++) firstPoint[edge + 1] = addRoute(input, edge, route, intAt(firstPoint, edge));
  return { firstPoint, route };
}

/** Adds the points of an edge from its upper end to its lower, turns them round for one that leads up, and answers where they end. */
function addRoute({ graph, skeleton, rows }: RouteInput, edge: number, route: Float64Array, first: number): number {
  const { rowOf, x, firstPass, passes } = skeleton;
  const from = intAt(graph.from, edge);
  const to = intAt(graph.to, edge);
  const isUp = intAt(rowOf, from) > intAt(rowOf, to);
  const upper = isUp ? to : from;
  const lower = isUp ? from : to;
  let row = intAt(rowOf, upper);
  const begin = floatAt(x, upper);
  let at = addPoint(route, first, first, begin, floatAt(rows.top, row) + floatAt(graph.heights, upper));
  // Beside a taller box of its row it goes straight down first.
  at = addPoint(route, first, at, begin, floatAt(rows.bottom, row));
  for (let pass = intAt(firstPass, edge); pass < intAt(firstPass, edge + 1); pass++) {
    row++;
    at = addPoint(route, first, at, floatAt(passes, pass), floatAt(rows.top, row));
    at = addPoint(route, first, at, floatAt(passes, pass), floatAt(rows.bottom, row));
  }
  at = addPoint(route, first, at, floatAt(x, lower), floatAt(rows.top, intAt(rowOf, lower)));
  if (isUp) reverse(route, first, at);
  return at;
}

/** Leaves out a point that is where the last one is, and the last one where it is half-way on a straight line down. */
function addPoint(route: Float64Array, first: number, end: number, x: number, y: number): number {
  let at = end;
  const isStraight = at > first && route[2 * at - 2] === x;
  if (isStraight && (route[2 * at - 1] === y || (at > first + 1 && route[2 * at - 4] === x))) at--;
  route[2 * at] = x;
  route[2 * at + 1] = y;
  return at + 1;
}

function reverse(route: Float64Array, first: number, end: number): void {
  for (let low = first, high = end - 1; low < high; low++, high--) {
    swap(route, 2 * low, 2 * high);
    swap(route, 2 * low + 1, 2 * high + 1);
  }
}

function swap(list: Float64Array, one: number, other: number): void {
  const value = floatAt(list, one);
  list[one] = floatAt(list, other);
  list[other] = value;
}
