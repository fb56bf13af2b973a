import { countCrossings } from './countCrossings.ts';
import { exchangeNeighbours } from './exchangeNeighbours.ts';
import type { LayeredGraph, Neighbours } from './layeredGraph.ts';
import { copyOrdering, restoreOrdering, setPlaces, toInitialOrdering, type Ordering } from './ordering.ts';
import { siftNodes } from './siftNodes.ts';
import { sortByKey } from './sortByKey.ts';

/** Sweeps without progress before a start is given up. */
const PATIENCE = 6;
/** Passes over all layers; those after find little. */
const SIFTINGS = 4;

interface Effort {
  readonly starts: number;
  readonly sweeps: number;
}

/** How much is tried: by size alone, never by the clock, so that the picture is the same on every machine. */
function toEffort({ count }: LayeredGraph): Effort {
  if (count <= 250) return { starts: 16, sweeps: 40 };
  if (count <= 800) return { starts: 6, sweeps: 32 };
  return { starts: count <= 4_000 ? 3 : 2, sweeps: 24 };
}

/**
 * Places within the layers with few crossings (Sugiyama, Tagawa and Toda, 1981): from several first orders, sweeps down and up that
 * sort every layer by the mean place of its neighbours, and exchanges of neighbours. The best order that was seen is kept, and sifted.
 */
export function orderLayers(graph: LayeredGraph, effort: Effort = toEffort(graph)): Ordering {
  let best: Ordering | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (let start = 0; start < effort.starts && fewest > 0; start++) {
    const ordering = toInitialOrdering(graph, start);
    const crossings = improve(graph, ordering, effort.sweeps, start);
    if (crossings >= fewest) continue;
    fewest = crossings;
    best = ordering;
  }
  if (best !== undefined && fewest > 0) siftNodes(graph, best, SIFTINGS);
  return best ?? toInitialOrdering(graph, 0);
}

/** Leaves the best order that was seen in `ordering`; answers its crossings. */
function improve(graph: LayeredGraph, ordering: Ordering, sweeps: number, start: number): number {
  const scratch = { keyOf: new Float64Array(graph.count), list: new Int32Array(graph.count) };
  const best = copyOrdering(ordering);
  let fewest = countCrossings(graph, ordering.layers, ordering.place);
  let idle = 0;
  for (let sweep = 0; sweep < sweeps && idle < PATIENCE && fewest > 0; sweep++) {
    sweepOnce(graph, ordering, scratch, (sweep + (start >> 1)) % 2 === 0, sweep % 4 >= 2);
    let crossings = countCrossings(graph, ordering.layers, ordering.place);
    if (sweep % 2 === 1) crossings -= exchangeNeighbours(graph, ordering, 4, false);
    idle = crossings < fewest ? 0 : idle + 1;
    if (crossings >= fewest) continue;
    fewest = crossings;
    restoreOrdering(best, ordering);
  }
  restoreOrdering(ordering, best);
  for (const even of [false, true]) {
    const fell = fewest === 0 ? 0 : exchangeNeighbours(graph, ordering, 30, even);
    // Among orders with as many crossings, the earlier one: it is nearer to the order given.
    if (fell === 0) restoreOrdering(ordering, best);
    else restoreOrdering(best, ordering);
    fewest -= fell;
  }
  return fewest;
}

interface Scratch {
  readonly keyOf: Float64Array;
  readonly list: Int32Array;
}

function sweepOnce(graph: LayeredGraph, { layers, place }: Ordering, scratch: Scratch, isDown: boolean, turned: boolean): void {
  const neighbours = isDown ? graph.above : graph.below;
  for (let step = 1; step < layers.length; step++) {
    const layer = layers[isDown ? step : layers.length - 1 - step];
    if (layer === undefined) continue;
    // Equals keep their order in one half of the sweeps and are turned round in the other: a way out of ties.
    if (turned) layer.reverse();
    setKeys(layer, neighbours, place, scratch.keyOf);
    sortByKey(layer, 0, layer.length, scratch.keyOf, scratch.list);
    setPlaces(layer, place);
  }
}

/** The mean place of the neighbours; a node without any stays about where it is. */
function setKeys(layer: Int32Array, { start, list }: Neighbours, place: Int32Array, keyOf: Float64Array): void {
  for (const node of layer) {
    const from = start[node] ?? 0;
    const to = start[node + 1] ?? 0;
    let sum = 0;
    for (let at = from; at < to; at++) sum += place[list[at] ?? 0] ?? 0;
    keyOf[node] = from === to ? (place[node] ?? 0) : sum / (to - from);
  }
}
