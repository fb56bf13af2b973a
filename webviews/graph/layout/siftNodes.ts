import { gainOf, sortNeighbours } from './exchangeNeighbours.ts';
import type { LayeredGraph } from './layeredGraph.ts';
import type { Ordering } from './ordering.ts';
import { intAt } from './typedArrays.ts';

/** How far a node is moved at most, in places: what bounds the work for very wide layers. */
const REACH = 200;

/**
 * Moves every node of a layer to the place where its edges cross fewest others, layer after layer, as long as that helps (Matuszewski,
 * Schönfeld and Molitor, "Using sifting for k-layer straightline crossing minimization", 1999). Gets out of orders that no exchange of
 * two neighbours betters. Answers by how much the crossings fell.
 */
export function siftNodes(graph: LayeredGraph, { layers, place }: Ordering, mostPasses: number): number {
  const scratch = new Int32Array(graph.count);
  let fell = 0;
  for (let pass = 0; pass < mostPasses; pass++) {
    let fellNow = 0;
    for (const layer of pass % 2 === 0 ? layers : layers.toReversed()) {
      for (const node of layer) {
        sortNeighbours(graph.above, node, place, scratch);
        sortNeighbours(graph.below, node, place, scratch);
      }
      for (const node of layer.slice()) fellNow += siftOne(graph, layer, place, node);
    }
    fell += fellNow;
    if (fellNow === 0) break;
  }
  return fell;
}

function siftOne(graph: LayeredGraph, layer: Int32Array, place: Int32Array, node: number): number {
  const from = intAt(place, node);
  let best = 0;
  let to = from;
  for (let at = from - 1, fall = 0; at >= Math.max(0, from - REACH); at--) {
    const other = intAt(layer, at);
    fall += gainOf(graph.above, other, node, place) + gainOf(graph.below, other, node, place);
    if (fall > best) [best, to] = [fall, at];
  }
  for (let at = from + 1, fall = 0; at < Math.min(layer.length, from + REACH); at++) {
    const other = intAt(layer, at);
    fall += gainOf(graph.above, node, other, place) + gainOf(graph.below, node, other, place);
    if (fall > best) [best, to] = [fall, at];
  }
  if (best > 0) move(layer, place, from, to);
  return best;
}

/** What is between goes one place towards where the node came from. */
function move(layer: Int32Array, place: Int32Array, from: number, to: number): void {
  const node = intAt(layer, from);
  const step = from < to ? 1 : -1;
  for (let at = from; at !== to; at += step) {
    const next = intAt(layer, at + step);
    layer[at] = next;
    place[next] = at;
  }
  layer[to] = node;
  place[node] = to;
}
