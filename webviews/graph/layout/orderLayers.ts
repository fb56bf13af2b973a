import { toNeighbours, type LayeredGraph, type Neighbours } from './layeredGraph.ts';

const SWEEPS = 12;

/** Nodes of each layer from left to right, with few crossings: median sweeps down and up, the best order is kept. */
export function orderLayers(graph: LayeredGraph): readonly Int32Array[] {
  const above = toNeighbours(graph.count, graph.to, graph.from);
  const below = toNeighbours(graph.count, graph.from, graph.to);
  const layers = toInitialOrder(graph, below);
  const place = new Int32Array(graph.count);
  layers.forEach((layer) => setPlaces(layer, place));
  let best = layers.map((layer) => layer.slice());
  let fewest = countCrossings(layers, below, place);
  for (let sweep = 0; sweep < SWEEPS && fewest > 0; sweep++) {
    if (sweep % 2 === 0) for (let at = 1; at < layers.length; at++) sortByMedian(layers[at], above, place);
    else for (let at = layers.length - 2; at >= 0; at--) sortByMedian(layers[at], below, place);
    const crossings = countCrossings(layers, below, place);
    if (crossings >= fewest) continue;
    fewest = crossings;
    best = layers.map((layer) => layer.slice());
  }
  return best;
}

/** Depth first from the top, so that what belongs together starts together, in the order of the file. */
function toInitialOrder(graph: LayeredGraph, below: Neighbours): Int32Array[] {
  const layers: number[][] = Array.from({ length: graph.layers }, () => []);
  const seen = new Uint8Array(graph.count);
  const visit = (root: number): void => {
    const stack = [root];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (seen[node] === 1) continue;
      seen[node] = 1;
      layers[graph.layerOf[node] ?? 0]?.push(node);
      stack.push(...neighboursOf(below, node).toReversed());
    }
  };
  for (let node = 0; node < graph.count; node++) if (graph.layerOf[node] === 0) visit(node);
  for (let node = 0; node < graph.count; node++) visit(node);
  return layers.map((layer) => Int32Array.from(layer));
}

function sortByMedian(layer: Int32Array | undefined, neighbours: Neighbours, place: Int32Array): void {
  if (layer === undefined) return;
  const medians = new Map<number, number>();
  for (const node of layer) {
    const places = Array.from(neighboursOf(neighbours, node), (one) => place[one] ?? 0).sort((a, b) => a - b);
    const middle = places.length >> 1;
    const median = places.length % 2 === 1 ? places[middle] : ((places[middle - 1] ?? 0) + (places[middle] ?? 0)) / 2;
    medians.set(node, places.length === 0 ? (place[node] ?? 0) : (median ?? 0));
  }
  layer.sort((a, b) => (medians.get(a) ?? 0) - (medians.get(b) ?? 0) || (place[a] ?? 0) - (place[b] ?? 0));
  setPlaces(layer, place);
}

function setPlaces(layer: Int32Array, place: Int32Array): void {
  layer.forEach((node, index) => (place[node] = index));
}

/** Inversions between neighbouring layers, counted with a binary indexed tree. */
function countCrossings(layers: readonly Int32Array[], below: Neighbours, place: Int32Array): number {
  let crossings = 0;
  layers.forEach((layer, at) => {
    const tree = new Int32Array((layers[at + 1]?.length ?? 0) + 1);
    let inserted = 0;
    for (const node of layer) {
      const places = Array.from(neighboursOf(below, node), (one) => place[one] ?? 0);
      for (const one of places) crossings += inserted - sumUpTo(tree, one + 1);
      for (const one of places) insert(tree, one + 1);
      inserted += places.length;
    }
  });
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

export function neighboursOf(neighbours: Neighbours, node: number): Int32Array {
  return neighbours.list.subarray(neighbours.start[node], neighbours.start[node + 1]);
}
