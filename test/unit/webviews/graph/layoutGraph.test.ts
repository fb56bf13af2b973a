import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Layout, LayoutEdge, LayoutRequest } from '../../../../webviews/graph/layout/layout.ts';
import { layoutGraph } from '../../../../webviews/graph/layout/layoutGraph.ts';
import { createBox, createGraph, createLayeredGraph, measureLayout } from '../../../support/layeredGraphs.ts';
import { assertLinesPass, assertSound } from '../../../support/layoutChecks.ts';

function xOf(layout: Layout): { readonly [id: string]: number } {
  return Object.fromEntries(layout.nodes.map((node) => [node.id, node.x]));
}

function layersOf(layout: Layout): string {
  const rows = Map.groupBy(layout.nodes, (node) => node.layer);
  return [...rows]
    .sort(([a], [b]) => a - b)
    .map(([, row]) =>
      row
        .toSorted((a, b) => a.x - b.x)
        .map((node) => node.id)
        .join(' '),
    )
    .join(' / ');
}

const PAIRS = fc.integer({ min: 1, max: 40 }).chain((count) =>
  fc.record({
    sizes: fc.array(fc.record({ width: fc.integer({ min: 1, max: 400 }), height: fc.integer({ min: 1, max: 200 }) }), {
      minLength: count,
      maxLength: count,
    }),
    pairs: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 80 }),
  }),
);

/** With cycles, edges from a box to itself and repeated ones. */
const ANY_GRAPH = PAIRS.map(({ sizes, pairs }): LayoutRequest => ({
  nodes: sizes.map((size, index) => createBox(`n${index}`, size)),
  edges: pairs.map(([a, b]) => ({ from: `n${a}`, to: `n${b}` })),
}));

describe('layoutGraph', () => {
  it('puts a chain under one another in one straight line', () => {
    const { nodes, edges, width, height } = layoutGraph(createGraph('a>b b>c'));
    assert.deepEqual(
      nodes.map(({ x, y, layer }) => [x, y, layer]),
      [
        [0, 0, 0],
        [0, 96, 1],
        [0, 192, 2],
      ],
    );
    assert.deepEqual([width, height], [150, 232]);
    assert.deepEqual(edges[0]?.points, [
      { x: 75, y: 40 },
      { x: 75, y: 96 },
    ]);
  });

  it('centres what is joined under its parts, which stand in the order given', () => {
    assert.deepEqual(xOf(layoutGraph(createGraph('a>b a>c b>d c>d'))), { a: 91, b: 0, c: 182, d: 91 });
    assert.deepEqual(xOf(layoutGraph(createGraph('a>c a>b b>d c>d'))), { a: 91, c: 0, b: 182, d: 91 });
  });

  it('draws trees, fan-outs with a join and two crossed pairs without a crossing', () => {
    for (const text of ['a>d b>c', 'a>b a>c a>d b>e c>e d>e', 'a>d b>c x>a x>b d>y c>y', 'a>b b>c a>c c>d a>d'])
      assert.equal(measureLayout(layoutGraph(createGraph(text))).crossings, 0, text);
  });

  it('keeps edges short: what feeds one step alone stands right above it', () => {
    assert.equal(layersOf(layoutGraph(createGraph('a>b b>c c>d late>d'))), 'a / b / c late / d');
  });

  it('sends a long line past the boxes between', () => {
    const layout = layoutGraph(createGraph('a>b b>c c>d a>d'));
    assertLinesPass(layout);
    assert.ok((layout.edges.find((edge) => edge.from === 'a' && edge.to === 'd')?.points.length ?? 0) >= 4);
  });

  it('draws an edge once, leaves out those to unknown boxes, and leads one of a cycle back up', () => {
    assert.equal(layoutGraph(createGraph('a>b a>b a>a')).edges.length, 1);
    assert.equal(layoutGraph({ nodes: [createBox('a')], edges: [{ from: 'a', to: 'gone' }] }).edges.length, 0);
    const cycle = layoutGraph(createGraph('a>b b>c c>a'));
    assertSound(cycle, createGraph('a>b b>c c>a'));
    assert.equal(layersOf(cycle), 'a / b / c');
  });

  it('answers an empty request, and one box', () => {
    assert.deepEqual(layoutGraph({ nodes: [], edges: [] }), { nodes: [], edges: [], groups: [], width: 0, height: 0 });
    assert.deepEqual(layoutGraph({ nodes: [createBox('a')], edges: [] }).nodes, [{ ...createBox('a'), x: 0, y: 0, layer: 0 }]);
  });

  it('sets parts side by side and under one another, not in one endless row', () => {
    const { width, height, nodes } = layoutGraph({
      nodes: Array.from({ length: 10_000 }, (_, index) => createBox(`n${index}`)),
      edges: [],
    });
    assert.ok(width / height < 4 && height / width < 4);
    assert.equal(new Set(nodes.map(({ x, y }) => `${x} ${y}`)).size, 10_000);
  });

  it('survives a chain of 10,000 and a fan-out of 10,000 with its join', () => {
    const ids = Array.from({ length: 10_000 }, (_, index) => `n${index}`);
    const chain = layoutGraph({
      nodes: ids.map((id) => createBox(id)),
      edges: ids.slice(1).map((to, index) => ({ from: `n${index}`, to })),
    });
    assert.equal(chain.width, 150);
    const arms = ids.flatMap((id): LayoutEdge[] => [
      { from: 'split', to: id },
      { from: id, to: 'join' },
    ]);
    const wide = layoutGraph({ nodes: ['split', ...ids, 'join'].map((id) => createBox(id)), edges: arms });
    assert.equal(wide.nodes.at(-1)?.layer, 2);
  });

  it('is sound and the same every time (any graph, broken ones too)', () => {
    fc.assert(
      fc.property(ANY_GRAPH, (request) => {
        const layout = layoutGraph(request);
        assertSound(layout, request);
        assertLinesPass(layout);
        assert.deepEqual(layoutGraph(structuredClone(request)), layout);
      }),
      { numRuns: 150 },
    );
  });

  it('does not depend on the order of the edges where that means nothing', () => {
    const request = createLayeredGraph({ nodes: 120, seed: 3 });
    const turned = layoutGraph({ ...request, edges: request.edges.toReversed() });
    assert.deepEqual(turned.nodes, layoutGraph(request).nodes);
  });
});
