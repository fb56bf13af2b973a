import type { LayeredGraph, Neighbours } from './layeredGraph.ts';
import { sortByKey } from './sortByKey.ts';
import { countUp, intAt } from './typedArrays.ts';

/** The nodes of each layer from left to right, and each node's place in its layer; the two always agree. */
export interface Ordering {
  readonly layers: readonly Int32Array[];
  readonly place: Int32Array;
}

export function setPlaces(layer: Int32Array, place: Int32Array): void {
  for (let index = 0; index < layer.length; index++) place[layer[index] ?? 0] = index;
}

export function copyOrdering({ layers, place }: Ordering): Ordering {
  return { layers: layers.map((layer) => layer.slice()), place: place.slice() };
}

/** Makes `target` as `source` is. */
export function restoreOrdering(target: Ordering, source: Ordering): void {
  source.layers.forEach((layer, at) => target.layers[at]?.set(layer));
  target.place.set(source.place);
}

/**
 * Depth first from the top, so that what belongs together starts together: in the order given (start 0), in the opposite order (1), and
 * in shuffled ones, which are the same everywhere.
 */
export function toInitialOrdering(graph: LayeredGraph, start: number): Ordering {
  const sizes = new Int32Array(graph.layers);
  for (const layer of graph.layerOf) sizes[layer] = intAt(sizes, layer) + 1;
  const layers = Array.from(sizes, (size) => new Int32Array(size));
  const place = new Int32Array(graph.count);
  const filled = new Int32Array(graph.layers);
  const isSeen = new Uint8Array(graph.count);
  const rankOf = toRanks(graph.count, start);
  const scratch = new Int32Array(graph.count);
  const visit = (root: number): void => {
    const stack = [root];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (isSeen[node] === 1) continue;
      isSeen[node] = 1;
      const layer = intAt(graph.layerOf, node);
      const at = intAt(filled, layer);
      filled[layer] = at + 1;
      place[node] = at;
      const row = layers[layer];
      if (row !== undefined) row[at] = node;
      push(stack, graph.below, node, rankOf, scratch);
    }
  };
  const nodes = countUp(graph.count);
  sortByKey(nodes, 0, graph.count, rankOf, scratch);
  for (const node of nodes) if (graph.above.start[node] === graph.above.start[node + 1]) visit(node);
  return { layers, place };
}

function toRanks(count: number, start: number): Int32Array {
  const rankOf = countUp(count);
  if (start === 1) rankOf.reverse();
  // A linear congruential generator (the constants of Numerical Recipes): any shuffle does, as long as it is always the same one.
  let state = start;
  for (let last = count - 1; start > 1 && last > 0; last--) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const other = (state >>> 8) % (last + 1);
    const rank = intAt(rankOf, last);
    rankOf[last] = intAt(rankOf, other);
    rankOf[other] = rank;
  }
  return rankOf;
}

/** So that the first by rank is the first taken from the stack. */
function push(stack: number[], { start, list }: Neighbours, node: number, rankOf: Int32Array, scratch: Int32Array): void {
  const begin = intAt(start, node);
  const end = intAt(start, node + 1);
  sortByKey(list, begin, end, rankOf, scratch);
  for (let at = end - 1; at >= begin; at--) stack.push(intAt(list, at));
}
