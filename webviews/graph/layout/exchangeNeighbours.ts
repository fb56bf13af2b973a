import type { LayeredGraph, Neighbours } from './layeredGraph.ts';
import type { Ordering } from './ordering.ts';
import { sortByKey } from './sortByKey.ts';

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
  const leftFrom = start[left] ?? 0;
  const leftTo = start[left + 1] ?? 0;
  const rightFrom = start[right] ?? 0;
  const rightTo = start[right + 1] ?? 0;
  if (leftFrom === leftTo || rightFrom === rightTo) return 0;
  let gain = 0;
  // For each neighbour of `right`: those of `left` after it cross as it is, those before it would cross.
  let before = leftFrom;
  let until = leftFrom;
  for (let at = rightFrom; at < rightTo; at++) {
    const here = place[list[at] ?? 0] ?? 0;
    while (before < leftTo && (place[list[before] ?? 0] ?? 0) < here) before++;
    if (until < before) until = before;
    while (until < leftTo && (place[list[until] ?? 0] ?? 0) <= here) until++;
    gain += leftTo - until - (before - leftFrom);
  }
  return gain;
}
