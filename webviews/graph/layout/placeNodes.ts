import { toNeighbours, type LayeredGraph, type Neighbours } from './layeredGraph.ts';
import { neighboursOf } from './orderLayers.ts';

const ROUNDS = 8;

/**
 * Horizontal centres: every node moves towards the mean of its neighbours above, then below, as far as the order of its layer and the
 * gaps allow. Dummies weigh more, so that long edges come out straight.
 */
export function placeNodes(graph: LayeredGraph, layers: readonly Int32Array[], widths: Float64Array, gap: number): Float64Array {
  const x = new Float64Array(graph.count);
  for (const layer of layers) spread(layer, x, widths, gap);
  const above = toNeighbours(graph.count, graph.to, graph.from);
  const below = toNeighbours(graph.count, graph.from, graph.to);
  for (let round = 0; round < ROUNDS; round++) {
    for (const layer of layers) pull(layer, above, x, widths, gap);
    for (const layer of layers.toReversed()) pull(layer, below, x, widths, gap);
  }
  for (const layer of layers) pull(layer, above, x, widths, gap);
  return x;
}

/** Side by side, centred on zero. */
function spread(layer: Int32Array, x: Float64Array, widths: Float64Array, gap: number): void {
  const total = layer.reduce((sum, node) => sum + (widths[node] ?? 0), 0) + gap * Math.max(0, layer.length - 1);
  let left = -total / 2;
  for (const node of layer) {
    x[node] = left + (widths[node] ?? 0) / 2;
    left += (widths[node] ?? 0) + gap;
  }
}

/**
 * The positions nearest to the wished ones (least squares) that keep order and gaps: neighbours that would collide are joined into
 * a block that sits at the mean of its members' wishes (pool adjacent violators).
 */
function pull(layer: Int32Array, neighbours: Neighbours, x: Float64Array, widths: Float64Array, gap: number): void {
  const blocks: { wish: number; weight: number; readonly first: number; last: number }[] = [];
  const offsets = new Float64Array(layer.length);
  layer.forEach((node, index) => {
    const before = layer[index - 1];
    if (before !== undefined) offsets[index] = (offsets[index - 1] ?? 0) + ((widths[before] ?? 0) + (widths[node] ?? 0)) / 2 + gap;
    const near = neighboursOf(neighbours, node);
    const wish = near.length === 0 ? (x[node] ?? 0) : near.reduce((sum, one) => sum + (x[one] ?? 0), 0) / near.length;
    let block = { wish: wish - (offsets[index] ?? 0), weight: weightOf(near.length, widths[node] ?? 0), first: index, last: index };
    for (let previous = blocks.at(-1); previous !== undefined && previous.wish > block.wish; previous = blocks.at(-1)) {
      blocks.pop();
      const weight = previous.weight + block.weight;
      block = {
        wish: (previous.wish * previous.weight + block.wish * block.weight) / weight,
        weight,
        first: previous.first,
        last: block.last,
      };
    }
    blocks.push(block);
  });
  for (const block of blocks) {
    for (let index = block.first; index <= block.last; index++) x[layer[index] ?? 0] = block.wish + (offsets[index] ?? 0);
  }
}

function weightOf(neighbours: number, width: number): number {
  const isDummy = width === 0;
  return isDummy ? 4 : neighbours === 0 ? 0.1 : 1;
}
