import type { LayeredGraph, Neighbours } from './layeredGraph.ts';
import { floatAt, intAt } from './typedArrays.ts';

/** A layer from left to right; the others are by index in it. */
export interface Row {
  readonly layer: Int32Array;
  /** the least distance to the centre of the one before */
  readonly apart: Float64Array;
  readonly wishes: Float64Array;
  readonly weights: Float64Array;
}

/**
 * Sets the places of a layer to the nearest ones to `wishes` (weighted least squares) that keep its order and the
 * distances. Neighbours that would collide are joined into a block that sits at
 * the mean of its members' wishes (pool adjacent violators: Ayer and others, 1955). None goes left of `least`, the bound of the first.
 */
export function placeApart({ layer, wishes, weights, apart }: Row, x: Float64Array, least = Number.NEGATIVE_INFINITY): void {
  const { first, wish, blocks } = toBlocks(layer.length, wishes, weights, apart);
  let offset = 0;
  for (let block = 0; block < blocks; block++) {
    const at = Math.max(floatAt(wish, block), least);
    for (let index = intAt(first, block); index < intAt(first, block + 1); index++) {
      offset += index === 0 ? 0 : floatAt(apart, index);
      x[intAt(layer, index)] = at + offset;
    }
  }
}

interface Blocks {
  readonly blocks: number;
  /** index of the first node of each block, and after the last one the number of nodes */
  readonly first: Int32Array;
  /** where the block would begin, were there no room taken before it */
  readonly wish: Float64Array;
}

function toBlocks(count: number, wishes: Float64Array, weights: Float64Array, apart: Float64Array): Blocks {
  const first = new Int32Array(count + 1);
  const wish = new Float64Array(count);
  const weight = new Float64Array(count);
  let blocks = 0;
  let offset = 0;
  for (let index = 0; index < count; index++) {
    offset += index === 0 ? 0 : floatAt(apart, index);
    let mean = floatAt(wishes, index) - offset;
    let sum = floatAt(weights, index);
    first[blocks] = index;
    while (blocks > 0 && floatAt(wish, blocks - 1) > mean) {
      blocks--;
      const before = floatAt(weight, blocks);
      mean = (floatAt(wish, blocks) * before + mean * sum) / (before + sum);
      sum += before;
    }
    wish[blocks] = mean;
    weight[blocks] = sum;
    blocks++;
  }
  first[blocks] = count;
  return { blocks, first, wish };
}

/** What the places depend on beside the graph. */
interface Spacing {
  /** by node; dummies have none */
  readonly widths: Float64Array;
  readonly nodeGap: number;
  /** between a line and whatever is beside it */
  readonly edgeGap: number;
}

/** The least distance between the centres of two neighbours. */
function toDistance(real: number, { widths, nodeGap, edgeGap }: Spacing, left: number, right: number): number {
  return ((widths[left] ?? 0) + (widths[right] ?? 0)) / 2 + (left < real && right < real ? nodeGap : edgeGap);
}

/** Rounds of pulling boxes towards their neighbours; those after hardly move anything. */
const ROUNDS = 6;
const LAST_ROUNDS = 2;

/**
 * Horizontal centres: every node moves towards the mean of its neighbours above, then of those below, and in the end of all, as far as
 * the order of its layer and the gaps allow. The first rounds unfold the picture, the last ones shorten its lines.
 */
export function placeNodes(graph: LayeredGraph, layers: readonly Int32Array[], spacing: Spacing): Float64Array {
  const x = new Float64Array(graph.count);
  const rows = layers.map((layer) => toRow(graph, layer, spacing));
  for (const row of rows) spread(row, x);
  const around = joinNeighbours(graph);
  for (let round = 0; round < ROUNDS + LAST_ROUNDS; round++) {
    const isLast = round >= ROUNDS;
    for (const row of rows) pull(row, isLast ? around : graph.above, x);
    for (let at = rows.length - 1; at >= 0; at--) pull(rows[at], isLast ? around : graph.below, x);
  }
  return x;
}

/** Those above and those below together. */
function joinNeighbours({ count, above, below }: LayeredGraph): Neighbours {
  const start = new Int32Array(count + 1);
  const list = new Int32Array(above.list.length + below.list.length);
  let at = 0;
  for (let node = 0; node < count; node++) {
    for (const { start: first, list: others } of [above, below]) {
      for (let index = intAt(first, node); index < intAt(first, node + 1); index++) list[at++] = intAt(others, index);
    }
    start[node + 1] = at;
  }
  return { start, list };
}

function toRow({ real }: LayeredGraph, layer: Int32Array, spacing: Spacing): Row {
  const apart = new Float64Array(layer.length);
  for (let index = 1; index < layer.length; index++) apart[index] = toDistance(real, spacing, layer[index - 1] ?? 0, layer[index] ?? 0);
  return { layer, apart, wishes: new Float64Array(layer.length), weights: new Float64Array(layer.length) };
}

/** Side by side, centred on zero. */
function spread({ layer, apart }: Row, x: Float64Array): void {
  let at = -apart.reduce((sum, each) => sum + each, 0) / 2;
  for (let index = 0; index < layer.length; index++) {
    at += apart[index] ?? 0;
    x[layer[index] ?? 0] = at;
  }
}

/** A node without neighbours on this side stays where it is, if others let it; one with many weighs as much as all of them. */
function pull(row: Row | undefined, { start, list }: Neighbours, x: Float64Array): void {
  if (row === undefined) return;
  const { layer, wishes, weights } = row;
  for (let index = 0; index < layer.length; index++) {
    const node = intAt(layer, index);
    const from = intAt(start, node);
    const to = intAt(start, node + 1);
    let sum = 0;
    for (let at = from; at < to; at++) sum += floatAt(x, intAt(list, at));
    wishes[index] = from === to ? floatAt(x, node) : sum / (to - from);
    weights[index] = from === to ? 0.1 : to - from;
  }
  placeApart(row, x);
}
