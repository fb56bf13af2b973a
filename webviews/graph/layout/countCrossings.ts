import type { LayeredGraph } from './layeredGraph.ts';

/**
 * Crossings between neighbouring layers: inversions among the lower ends of the edges taken from left to right, counted with an
 * accumulator tree (Barth, Jünger and Mutzel, "Simple and efficient bilayer cross counting", 2002).
 */
export function countCrossings(graph: LayeredGraph, layers: readonly Int32Array[], place: Int32Array): number {
  let crossings = 0;
  for (let at = 0; at + 1 < layers.length; at++) crossings += countBetween(graph, layers[at], layers[at + 1]?.length ?? 0, place);
  return crossings;
}

function countBetween({ below }: LayeredGraph, upper: Int32Array | undefined, width: number, place: Int32Array): number {
  if (upper === undefined) return 0;
  const { start, list } = below;
  const tree = new Int32Array(width + 1);
  let crossings = 0;
  let inserted = 0;
  for (const node of upper) {
    const end = start[node + 1] ?? 0;
    const begin = start[node] ?? 0;
    // All are counted before any is inserted: edges of one node do not cross one another.
    for (let at = begin; at < end; at++) crossings += inserted - sumUpTo(tree, (place[list[at] ?? 0] ?? 0) + 1);
    for (let at = begin; at < end; at++) insert(tree, (place[list[at] ?? 0] ?? 0) + 1);
    inserted += end - begin;
  }
  return crossings;
}

function sumUpTo(tree: Int32Array, index: number): number {
  let sum = 0;
  for (let at = index; at > 0; at -= at & -at) sum += tree[at] ?? 0;
  return sum;
}

function insert(tree: Int32Array, index: number): void {
  for (let at = index; at < tree.length; at += at & -at) tree[at] = (tree[at] ?? 0) + 1;
}
