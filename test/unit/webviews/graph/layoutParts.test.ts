import assert from 'node:assert/strict';
import fc from 'fast-check';
import { assignLayers } from '../../../../webviews/graph/layout/assignLayers.ts';
import { countCrossings } from '../../../../webviews/graph/layout/countCrossings.ts';
import { toLayeredGraph } from '../../../../webviews/graph/layout/layeredGraph.ts';
import { matchLists } from '../../../../webviews/graph/layout/matchLists.ts';
import { orderLayers } from '../../../../webviews/graph/layout/orderLayers.ts';
import { toInitialOrdering, type Ordering } from '../../../../webviews/graph/layout/ordering.ts';
import { placeApart } from '../../../../webviews/graph/layout/placeNodes.ts';
import { sortByKey } from '../../../../webviews/graph/layout/sortByKey.ts';
import { createLayeredGraph, measureLayout } from '../../../support/layeredGraphs.ts';
import { layoutGraph } from '../../../../webviews/graph/layout/layoutGraph.ts';

const EDGES = fc.array(fc.tuple(fc.nat(24), fc.nat(24)), { maxLength: 60 }).map((pairs) => pairs.filter(([a, b]) => a !== b));

function toLayered(pairs: readonly (readonly [number, number])[]) {
  const from = Int32Array.from(pairs, ([a]) => a);
  const to = Int32Array.from(pairs, ([, b]) => b);
  const { layerOf, isBackward } = assignLayers(25, from, to);
  const upper = from.map((node, edge) => (isBackward[edge] === 1 ? (to[edge] ?? 0) : node));
  const lower = to.map((node, edge) => (isBackward[edge] === 1 ? (from[edge] ?? 0) : node));
  return { graph: toLayeredGraph(layerOf, upper, lower), upper, lower, layerOf };
}

/** Every pair of edges looked at. */
function countByHand({ graph }: ReturnType<typeof toLayered>, { place }: Ordering): number {
  const short: [number, number, number][] = [];
  for (let node = 0; node < graph.count; node++) {
    for (let at = graph.below.start[node] ?? 0; at < (graph.below.start[node + 1] ?? 0); at++)
      short.push([graph.layerOf[node] ?? 0, place[node] ?? 0, place[graph.below.list[at] ?? 0] ?? 0]);
  }
  return short.reduce(
    (sum, [layer, a, b], index) => sum + short.slice(index + 1).filter((one) => one[0] === layer && (one[1] - a) * (one[2] - b) < 0).length,
    0,
  );
}

describe('the parts of the layout', () => {
  it('sorts by key, and leaves equals in their order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 200 }), (keys) => {
        const list = Int32Array.from(keys, (_, index) => index);
        sortByKey(list, 0, list.length, Int32Array.from(keys), new Int32Array(list.length));
        const expected = keys.map((_, index) => index).sort((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0) || a - b);
        assert.deepEqual([...list], expected);
      }),
    );
  });

  it('matches lists as a table of all keys would, where nothing is twice', () => {
    const lists = fc.tuple(fc.uniqueArray(fc.nat(60)), fc.uniqueArray(fc.nat(60)));
    fc.assert(
      fc.property(lists, ([now, then]) => {
        const match = matchLists(now, then, String, (one, other) => one === other);
        // It may take something that moved a long way for new, never one thing for another.
        now.forEach((item, index) => assert.ok(match[index] === -1 || then[match[index] ?? -1] === item));
      }),
    );
    const then = Array.from({ length: 50 }, (_, index) => index);
    for (const now of [then.toSpliced(20, 1), then.toSpliced(20, 0, 99), then.toSpliced(20, 2, 21, 20), [...then, 99], then.toReversed()])
      assert.deepEqual(
        [...matchLists(now, then, String, Object.is)],
        now.map((item) => then.indexOf(item)),
      );
  });

  it('puts every node below all that it needs', () => {
    fc.assert(
      fc.property(EDGES, (pairs) => {
        const { upper, lower, layerOf } = toLayered(pairs);
        upper.forEach((node, edge) => assert.ok((layerOf[node] ?? 0) < (layerOf[lower[edge] ?? 0] ?? 0)));
      }),
    );
  });

  it('counts crossings as one would by hand, and never leaves more than it found', () => {
    fc.assert(
      fc.property(EDGES, (pairs) => {
        const layered = toLayered(pairs);
        const first = toInitialOrdering(layered.graph, 0);
        const before = countByHand(layered, first);
        assert.equal(countCrossings(layered.graph, first.layers, first.place), before);
        const best = orderLayers(layered.graph);
        assert.ok(countByHand(layered, best) <= before);
        best.layers.forEach((layer) => layer.forEach((node, index) => assert.equal(best.place[node], index)));
      }),
    );
  });

  it('places apart, nearer to the wishes than any move of a block would be', () => {
    const row = fc.array(
      fc.record({
        wish: fc.integer({ min: -50, max: 50 }),
        weight: fc.integer({ min: 1, max: 5 }),
        apart: fc.integer({ min: 1, max: 20 }),
      }),
      {
        minLength: 1,
        maxLength: 12,
      },
    );
    fc.assert(
      fc.property(row, (members) => {
        const x = new Float64Array(members.length);
        const pick = (name: 'wish' | 'weight' | 'apart'): Float64Array => Float64Array.from(members, (member) => member[name]);
        placeApart(
          { layer: Int32Array.from(members, (_, index) => index), apart: pick('apart'), wishes: pick('wish'), weights: pick('weight') },
          x,
        );
        const isApart = (places: Float64Array): boolean =>
          members.every(({ apart }, index) => index === 0 || (places[index] ?? 0) - (places[index - 1] ?? 0) >= apart - 1e-9);
        const cost = (places: Float64Array): number =>
          members.reduce((sum, { wish, weight }, index) => sum + weight * ((places[index] ?? 0) - wish) ** 2, 0);
        assert.ok(isApart(x));
        for (let from = 0; from < x.length; from++) {
          for (let to = from + 1; to <= x.length; to++) {
            for (const step of [-0.5, 0.5]) {
              const other = x.map((place, index) => (index >= from && index < to ? place + step : place));
              assert.ok(!isApart(other) || cost(other) >= cost(x) - 1e-9);
            }
          }
        }
      }),
    );
  });
});

/** What ELK 0.12.1 (layered, its own defaults, polylines) makes of the same graphs, measured by `npm run bench 11`. */
const OF_ELK = [
  { nodes: 60, seed: 1, crossings: 31, length: 24_693 },
  { nodes: 60, seed: 2, crossings: 9, length: 14_608 },
  { nodes: 200, seed: 1, crossings: 267, length: 253_122 },
  { nodes: 200, seed: 2, crossings: 268, length: 223_127 },
  { nodes: 500, seed: 1, crossings: 1201, length: 1_275_187 },
  { nodes: 500, seed: 2, crossings: 1183, length: 986_327 },
];

describe('the quality of the layout', () => {
  for (const { nodes, seed, crossings, length } of OF_ELK)
    it(`has at most 1.1 times the crossings and the length of lines of ELK (${nodes} nodes, seed ${seed})`, () => {
      const quality = measureLayout(layoutGraph(createLayeredGraph({ nodes, seed })));
      assert.ok(quality.crossings <= 1.1 * crossings, `${quality.crossings} crossings`);
      assert.ok(quality.length <= 1.1 * length, `${quality.length} pixels`);
    });
});
