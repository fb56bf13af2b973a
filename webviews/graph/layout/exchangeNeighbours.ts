import type { LayeredGraph, Neighbours } from './layeredGraph.ts';
import type { Ordering } from './ordering.ts';
import { sortByKey } from './sortByKey.ts';
import { intAt } from './typedArrays.ts';

/**
 * Exchanges neighbours of a layer wherever that leaves fewer crossings, until it does so nowhere (Gansner, Koutsofios, North and Vo,
 * "A technique for drawing directed graphs", 1993: transpose). `even` exchanges those that cross as often either way too, which leads
 * out of some dead ends. Answers by how much the crossings fell.
 */
export function exchangeNeighbours(graph: LayeredGraph, { layers, place }: Ordering, mostPasses: number, even: boolean): number {
  const scratch = new Int32Array(graph.count);
  let fell = 0;
  /** layers whose pairs have to be looked at: those beside a change, and all at first */
  let due = new Uint8Array(layers.length).fill(1);
  for (let pass = 0; pass < mostPasses; pass++) {
    const next = new Uint8Array(layers.length);
    let fellNow = 0;
    layers.forEach((layer, at) => {
      if (due[at] !== 1) return;
      for (const node of layer) {
        sortNeighbours(graph.above, node, place, scratch);
        sortNeighbours(graph.below, node, place, scratch);
      }
      const fewer = exchangeIn(layer, graph, place, even && pass === 0);
      if (fewer === 0) return;
      fellNow += fewer;
      next.fill(1, Math.max(0, at - 1), at + 2);
    });
    due = next;
    fell += fellNow;
    if (fellNow === 0) break;
  }
  return fell;
}

/** Neighbours in the order of their places, in the graph itself: their order means nothing else. */
export function sortNeighbours({ start, list }: Neighbours, node: number, place: Int32Array, scratch: Int32Array): void {
  const from = start[node] ?? 0;
  const to = start[node + 1] ?? 0;
  if (to - from > 1) sortByKey(list, from, to, place, scratch);
}

function exchangeIn(layer: Int32Array, graph: LayeredGraph, place: Int32Array, even: boolean): number {
  let fell = 0;
  for (let index = 0; index + 1 < layer.length; index++) {
    const left = layer[index] ?? 0;
    const right = layer[index + 1] ?? 0;
    const gain = gainOf(graph.above, left, right, place) + gainOf(graph.below, left, right, place);
    if (gain < 0 || (gain === 0 && !even)) continue;
    fell += gain;
    layer[index] = right;
    layer[index + 1] = left;
    place[right] = index;
    place[left] = index + 1;
  }
  return fell;
}

/** By how much the crossings of the edges of two nodes of a layer fall when `right` goes before `left`. Neighbours are sorted. */
export function gainOf({ start, list }: Neighbours, left: number, right: number, place: Int32Array): number {
  const first = intAt(start, left);
  const end = intAt(start, left + 1);
  const rightEnd = intAt(start, right + 1);
  if (first === end) return 0;
  let gain = 0;
  let before = first;
  let until = first;
  // For each neighbour of `right`: those of `left` after it cross as it is, those before it would cross.
  for (let at = intAt(start, right); at < rightEnd; at++) {
    const here = intAt(place, intAt(list, at));
    while (before < end && intAt(place, intAt(list, before)) < here) before++;
    until = Math.max(until, before);
    while (until < end && intAt(place, intAt(list, until)) <= here) until++;
    gain += end - until - (before - first);
  }
  return gain;
}
