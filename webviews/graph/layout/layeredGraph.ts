/** Neighbours of every node, in compressed rows: those of `node` are `list[start[node]] … list[start[node + 1] - 1]`. */
export interface Neighbours {
  readonly start: Int32Array;
  readonly list: Int32Array;
}

/**
 * A graph in typed arrays whose edges lead from one layer to the next: an edge over several layers is cut by a dummy node in each
 * layer between. Real nodes come first.
 */
export interface LayeredGraph {
  /** number of real nodes; those after are dummies */
  readonly real: number;
  readonly count: number;
  readonly layerOf: Int32Array;
  readonly layers: number;
  readonly above: Neighbours;
  readonly below: Neighbours;
  /** by given edge: its first dummy; the others follow it, from the upper end to the lower (see `dummiesOf`) */
  readonly firstDummy: Int32Array;
}

/** The edges are pairs of nodes by number, and lead to a higher layer, each. */
export function toLayeredGraph(layerOfReal: Int32Array, from: Int32Array, to: Int32Array): LayeredGraph {
  const real = layerOfReal.length;
  const firstDummy = new Int32Array(from.length + 1);
  let count = real;
  for (let edge = 0; edge < from.length; edge++) {
    firstDummy[edge] = count;
    count += (layerOfReal[to[edge] ?? 0] ?? 0) - (layerOfReal[from[edge] ?? 0] ?? 0) - 1;
  }
  firstDummy[from.length] = count;
  const layerOf = new Int32Array(count);
  layerOf.set(layerOfReal);
  const shortEdges = from.length + count - real;
  const upper = new Int32Array(shortEdges);
  const lower = new Int32Array(shortEdges);
  let at = 0;
  for (let edge = 0; edge < from.length; edge++) {
    let before = from[edge] ?? 0;
    const end = firstDummy[edge + 1] ?? 0;
    for (let dummy = firstDummy[edge] ?? 0; dummy < end; dummy++) {
      layerOf[dummy] = (layerOf[before] ?? 0) + 1;
      upper[at] = before;
      lower[at++] = dummy;
      before = dummy;
    }
    upper[at] = before;
    lower[at++] = to[edge] ?? 0;
  }
  let layers = 0;
  for (const layer of layerOfReal) layers = Math.max(layers, layer + 1);
  return { real, count, layerOf, layers, above: toNeighbours(count, lower, upper), below: toNeighbours(count, upper, lower), firstDummy };
}

export function toNeighbours(count: number, of: Int32Array, neighbour: Int32Array): Neighbours {
  const start = new Int32Array(count + 1);
  for (const node of of) start[node + 1] = (start[node + 1] ?? 0) + 1;
  for (let node = 0; node < count; node++) start[node + 1] = (start[node + 1] ?? 0) + (start[node] ?? 0);
  const next = start.slice();
  const list = new Int32Array(of.length);
  for (let index = 0; index < of.length; index++) {
    const node = of[index] ?? 0;
    const at = next[node] ?? 0;
    list[at] = neighbour[index] ?? 0;
    next[node] = at + 1;
  }
  return { start, list };
}
