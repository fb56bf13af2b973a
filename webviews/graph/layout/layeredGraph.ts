/** A graph in typed arrays, with one dummy node for each layer that a long edge crosses. Real nodes come first. */
export interface LayeredGraph {
  /** number of real nodes; those after are dummies */
  readonly real: number;
  readonly count: number;
  readonly layerOf: Int32Array;
  readonly layers: number;
  /** short edges: between neighbouring layers only, from upper to lower */
  readonly from: Int32Array;
  readonly to: Int32Array;
  /** for each given edge its path of nodes, ends included */
  readonly paths: readonly (readonly number[])[];
}

/**
 * Puts every node one layer below the lowest of those it needs (longest path). Edges of a cycle are left out of the layering;
 * the checker refuses cycles, and a picture of a broken file is still better than none.
 */
export function toLayeredGraph(count: number, edges: readonly (readonly [number, number])[]): LayeredGraph {
  const layerOfReal = toLayers(count, edges);
  const layer = Array.from(layerOfReal);
  const from: number[] = [];
  const to: number[] = [];
  const paths = edges.map(([source, target]) => {
    const path = [source];
    for (let at = (layer[source] ?? 0) + 1; at < (layer[target] ?? 0); at++) path.push(layer.push(at) - 1);
    path.push(target);
    if ((layer[source] ?? 0) < (layer[target] ?? 0)) addShortEdges(path, from, to);
    return path;
  });
  return {
    real: count,
    count: layer.length,
    layerOf: Int32Array.from(layer),
    layers: layer.reduce((most, one) => Math.max(most, one + 1), 0),
    from: Int32Array.from(from),
    to: Int32Array.from(to),
    paths,
  };
}

function addShortEdges(path: readonly number[], from: number[], to: number[]): void {
  for (let index = 1; index < path.length; index++) {
    from.push(path[index - 1] ?? 0);
    to.push(path[index] ?? 0);
  }
}

function toLayers(count: number, edges: readonly (readonly [number, number])[]): Int32Array {
  const waiting = new Int32Array(count);
  const below: number[][] = Array.from({ length: count }, () => []);
  for (const [source, target] of edges) {
    waiting[target] = (waiting[target] ?? 0) + 1;
    below[source]?.push(target);
  }
  const layer = new Int32Array(count);
  const ready = Array.from({ length: count }, (_, node) => node).filter((node) => waiting[node] === 0);
  for (let head = 0; head < ready.length; head++) {
    const node = ready[head] ?? 0;
    for (const target of below[node] ?? []) {
      layer[target] = Math.max(layer[target] ?? 0, (layer[node] ?? 0) + 1);
      waiting[target] = (waiting[target] ?? 0) - 1;
      if (waiting[target] === 0) ready.push(target);
    }
  }
  return layer;
}

/** Neighbours of every node, in compressed rows: those of `node` are `list[start[node]] … list[start[node + 1] - 1]`. */
export interface Neighbours {
  readonly start: Int32Array;
  readonly list: Int32Array;
}

export function toNeighbours(count: number, of: Int32Array, neighbour: Int32Array): Neighbours {
  const start = new Int32Array(count + 1);
  for (const node of of) start[node + 1] = (start[node + 1] ?? 0) + 1;
  for (let node = 0; node < count; node++) start[node + 1] = (start[node + 1] ?? 0) + (start[node] ?? 0);
  const next = start.slice();
  const list = new Int32Array(of.length);
  of.forEach((node, index) => {
    const at = next[node] ?? 0;
    list[at] = neighbour[index] ?? 0;
    next[node] = at + 1;
  });
  return { start, list };
}
