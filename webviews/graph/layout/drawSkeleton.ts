import type { BoxGraph, Skeleton } from './boxGraph.ts';
import { LAYER_GAP } from './layout.ts';

/** A container, drawn: places from its own top left corner. */
export interface Drawing {
  readonly rowOf: Int32Array;
  readonly left: Float64Array;
  readonly top: Float64Array;
  /** by edge: its points are `route[2 * i]`, `route[2 * i + 1]` for i from `firstPoint[e]` until `firstPoint[e + 1]` */
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
  const rows = toRows(graph.heights, skeleton.rowOf);
  const left = skeleton.x.map((centre, box) => centre - (graph.widths[box] ?? 0) / 2);
  const top = Float64Array.from(skeleton.rowOf, (row) => rows.top[row] ?? 0);
  const width = left.reduce((most, at, box) => Math.max(most, at + (graph.widths[box] ?? 0)), 0);
  const outermost = skeleton.passes.reduce((most, at) => Math.max(most, at), width);
  return { rowOf: skeleton.rowOf, left, top, ...toRoutes(graph, skeleton, rows), width: outermost, height: rows.bottom.at(-1) ?? 0 };
}

function toRows(heights: Float64Array, rowOf: Int32Array): Rows {
  const count = rowOf.reduce((most, row) => Math.max(most, row + 1), 0);
  const tallest = new Float64Array(count);
  rowOf.forEach((row, box) => (tallest[row] = Math.max(tallest[row] ?? 0, heights[box] ?? 0)));
  const top = new Float64Array(count);
  const bottom = new Float64Array(count);
  for (let row = 0; row < count; row++) {
    top[row] = row === 0 ? 0 : (bottom[row - 1] ?? 0) + LAYER_GAP;
    bottom[row] = (top[row] ?? 0) + (tallest[row] ?? 0);
  }
  return { top, bottom };
}

function toRoutes(graph: BoxGraph, skeleton: Skeleton, rows: Rows): { firstPoint: Int32Array; route: Float64Array } {
  const edges = graph.from.length;
  const firstPoint = new Int32Array(edges + 1);
  // Two points for each pass, two for each end, at most.
  const route = new Float64Array(2 * (2 * skeleton.passes.length + 4 * edges));
  let points = 0;
  for (let edge = 0; edge < edges; edge++) {
    firstPoint[edge] = points;
    points = addRoute(graph, skeleton, rows, edge, route, points);
  }
  firstPoint[edges] = points;
  return { firstPoint, route: route.subarray(0, 2 * points) };
}

/** Adds the points of an edge from its upper end to its lower, turns them round for one that leads up, and answers the new number of points. */
function addRoute(graph: BoxGraph, skeleton: Skeleton, rows: Rows, edge: number, route: Float64Array, first: number): number {
  const { rowOf, x, firstPass, passes } = skeleton;
  const from = graph.from[edge] ?? 0;
  const to = graph.to[edge] ?? 0;
  const isUp = (rowOf[from] ?? 0) > (rowOf[to] ?? 0);
  const upper = isUp ? to : from;
  const lower = isUp ? from : to;
  let row = rowOf[upper] ?? 0;
  let at = first;
  const add = (px: number, py: number): void => {
    at = addPoint(route, first, at, px, py);
  };
  add(x[upper] ?? 0, (rows.top[row] ?? 0) + (graph.heights[upper] ?? 0));
  // Beside a taller box of its row it goes straight down first.
  add(x[upper] ?? 0, rows.bottom[row] ?? 0);
  for (let pass = firstPass[edge] ?? 0; pass < (firstPass[edge + 1] ?? 0); pass++) {
    row++;
    add(passes[pass] ?? 0, rows.top[row] ?? 0);
    add(passes[pass] ?? 0, rows.bottom[row] ?? 0);
  }
  add(x[lower] ?? 0, rows.top[rowOf[lower] ?? 0] ?? 0);
  if (isUp) reverse(route, first, at);
  return at;
}

/** Leaves out a point that is where the last one is, and the last one where it is half-way on a straight line down. */
function addPoint(route: Float64Array, first: number, at: number, x: number, y: number): number {
  if (at > first && route[2 * at - 2] === x && (route[2 * at - 1] === y || (at > first + 1 && route[2 * at - 4] === x))) at--;
  route[2 * at] = x;
  route[2 * at + 1] = y;
  return at + 1;
}

function reverse(route: Float64Array, first: number, end: number): void {
  for (let low = first, high = end - 1; low < high; low++, high--) {
    for (const axis of [0, 1]) {
      const value = route[2 * low + axis] ?? 0;
      route[2 * low + axis] = route[2 * high + axis] ?? 0;
      route[2 * high + axis] = value;
    }
  }
}
