import { toNeighbours, type Neighbours } from './layeredGraph.ts';
import { countUp } from './typedArrays.ts';

/** Passes of tightening: each moves nodes as far as their neighbours allow, and few move after the first ones. */
const PASSES = 8;

/** A layer for every node: those that it needs are in lower ones. */
export interface Layering {
  readonly layerOf: Int32Array;
  /** 1 for an edge that leads up, which only a cycle has */
  readonly isBackward: Uint8Array;
}

/**
 * Longest path from the top, then tightened: a node moves within the room that its neighbours leave it, towards the side where it has
 * more of them, which shortens more edges than it lengthens. Of a cycle the edges that a depth-first walk finds to lead back are turned round.
 */
export function assignLayers(count: number, from: Int32Array, to: Int32Array): Layering {
  const isBackward = findBackward(count, toNeighbours(count, from, countUp(from.length)), to);
  const upper = from.map((node, edge) => (isBackward[edge] === 1 ? (to[edge] ?? 0) : node));
  const lower = to.map((node, edge) => (isBackward[edge] === 1 ? (from[edge] ?? 0) : node));
  const above = toNeighbours(count, lower, upper);
  const below = toNeighbours(count, upper, lower);
  const order = toTopologicalOrder(above, below);
  const layerOf = new Int32Array(count);
  for (const node of order) layerOf[node] = lowestOf(above, node, layerOf) + 1;
  for (let pass = 0; pass < PASSES; pass++) if (!tighten(order, above, below, layerOf)) break;
  return { layerOf, isBackward };
}

/** Depth first without recursion, roots first: an edge to a node that is still being walked closes a cycle. */
function findBackward(count: number, edgesOf: Neighbours, to: Int32Array): Uint8Array {
  const isBackward = new Uint8Array(to.length);
  const needs = new Int32Array(count);
  for (const node of to) needs[node] = (needs[node] ?? 0) + 1;
  /** 0 = not met, 1 = on the way, 2 = done */
  const state = new Uint8Array(count);
  const next = edgesOf.start.slice();
  const walk = (root: number): void => {
    const stack = [root];
    state[root] = 1;
    for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
      const at = next[node] ?? 0;
      if (at === edgesOf.start[node + 1]) {
        state[node] = 2;
        stack.pop();
        continue;
      }
      next[node] = at + 1;
      const edge = edgesOf.list[at] ?? 0;
      const target = to[edge] ?? 0;
      if (state[target] === 1) isBackward[edge] = 1;
      else if (state[target] === 0) {
        state[target] = 1;
        stack.push(target);
      }
    }
  };
  for (let node = 0; node < count; node++) if (needs[node] === 0) walk(node);
  for (let node = 0; node < count; node++) if (state[node] === 0) walk(node);
  return isBackward;
}

function toTopologicalOrder(above: Neighbours, below: Neighbours): Int32Array {
  const count = above.start.length - 1;
  const order = new Int32Array(count);
  const waiting = new Int32Array(count);
  let end = 0;
  for (let node = 0; node < count; node++) {
    waiting[node] = (above.start[node + 1] ?? 0) - (above.start[node] ?? 0);
    if (waiting[node] === 0) order[end++] = node;
  }
  for (let head = 0; head < end; head++) {
    const node = order[head] ?? 0;
    for (let at = below.start[node] ?? 0; at < (below.start[node + 1] ?? 0); at++) {
      const target = below.list[at] ?? 0;
      waiting[target] = (waiting[target] ?? 0) - 1;
      if (waiting[target] === 0) order[end++] = target;
    }
  }
  return order;
}

/** Down from the bottom, then up from the top, so that whole chains follow. Answers whether any node moved. */
function tighten(order: Int32Array, above: Neighbours, below: Neighbours, layerOf: Int32Array): boolean {
  let moved = false;
  const move = (node: number, layer: number): void => {
    moved ||= layerOf[node] !== layer;
    layerOf[node] = layer;
  };
  for (let index = order.length - 1; index >= 0; index--) {
    const node = order[index] ?? 0;
    if (degree(below, node) > degree(above, node)) move(node, highestOf(below, node, layerOf) - 1);
  }
  for (const node of order) if (degree(above, node) > degree(below, node)) move(node, lowestOf(above, node, layerOf) + 1);
  return moved;
}

function degree({ start }: Neighbours, node: number): number {
  return (start[node + 1] ?? 0) - (start[node] ?? 0);
}

/** The highest layer number among the nodes above; -1 where there is none. */
function lowestOf({ start, list }: Neighbours, node: number, layerOf: Int32Array): number {
  let layer = -1;
  for (let at = start[node] ?? 0; at < (start[node + 1] ?? 0); at++) layer = Math.max(layer, layerOf[list[at] ?? 0] ?? 0);
  return layer;
}

function highestOf({ start, list }: Neighbours, node: number, layerOf: Int32Array): number {
  let layer = Number.MAX_SAFE_INTEGER;
  for (let at = start[node] ?? 0; at < (start[node + 1] ?? 0); at++) layer = Math.min(layer, layerOf[list[at] ?? 0] ?? 0);
  return layer;
}
