import type { LayeredGraph, Neighbours } from './layeredGraph.ts';

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
 * Depth first from the top, so that what belongs together starts together, in the order given; with `turned`, the last first.
 */
export function toInitialOrdering(graph: LayeredGraph, turned: boolean): Ordering {
  const sizes = new Int32Array(graph.layers);
  for (const layer of graph.layerOf) sizes[layer] = (sizes[layer] ?? 0) + 1;
  const layers = Array.from(sizes, (size) => new Int32Array(size));
  const place = new Int32Array(graph.count);
  const filled = new Int32Array(graph.layers);
  const seen = new Uint8Array(graph.count);
  const visit = (root: number): void => {
    const stack = [root];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (seen[node] === 1) continue;
      seen[node] = 1;
      const layer = graph.layerOf[node] ?? 0;
      const at = filled[layer] ?? 0;
      filled[layer] = at + 1;
      place[node] = at;
      const row = layers[layer];
      if (row !== undefined) row[at] = node;
      push(stack, graph.below, node, turned);
    }
  };
  const roots = Array.from({ length: graph.count }, (_, node) => (turned ? graph.count - 1 - node : node));
  for (const node of roots) if (graph.above.start[node] === graph.above.start[node + 1]) visit(node);
  return { layers, place };
}

/** So that the first given is the first taken from the stack. */
function push(stack: number[], { start, list }: Neighbours, node: number, turned: boolean): void {
  const begin = start[node] ?? 0;
  const end = start[node + 1] ?? 0;
  if (turned) for (let at = begin; at < end; at++) stack.push(list[at] ?? 0);
  else for (let at = end - 1; at >= begin; at--) stack.push(list[at] ?? 0);
}
