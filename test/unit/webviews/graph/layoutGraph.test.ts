import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Layout, LayoutEdge } from '../../../../webviews/graph/layout/layout.ts';
import { layoutGraph } from '../../../../webviews/graph/layout/layoutGraph.ts';

function box(id: string) {
  return { id, width: 200, height: 60 };
}

function layout(names: string, edges: readonly string[]): Layout {
  return layoutGraph({
    nodes: names.split(' ').map(box),
    edges: edges.map((text): LayoutEdge => ({ from: text.split('>')[0] ?? '', to: text.split('>')[1] ?? '' })),
  });
}

const GRAPH = fc.integer({ min: 1, max: 40 }).chain((count) =>
  fc.record({
    count: fc.constant(count),
    pairs: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 80 }),
  }),
);

function toGraph({ count, pairs }: { count: number; pairs: readonly (readonly [number, number])[] }) {
  const nodes = Array.from({ length: count }, (_, index) => box(`n${index}`));
  const edges = pairs.filter(([a, b]) => a !== b).map(([a, b]) => ({ from: `n${Math.min(a, b)}`, to: `n${Math.max(a, b)}` }));
  return { nodes, edges };
}

describe('layoutGraph', () => {
  it('puts a chain under one another in one straight line', () => {
    const { nodes, edges, width } = layout('a b c', ['a>b', 'b>c']);
    assert.deepEqual(
      nodes.map((node) => [node.x, node.layer]),
      [
        [0, 0],
        [0, 1],
        [0, 2],
      ],
    );
    assert.equal(width, 200);
    assert.deepEqual(edges[0]?.points, [
      { x: 100, y: 60 },
      { x: 100, y: 116 },
    ]);
  });

  it('centres what is joined under its parts', () => {
    const { nodes } = layout('a b c d', ['a>b', 'a>c', 'b>d', 'c>d']);
    const x = Object.fromEntries(nodes.map((node) => [node.id, node.x]));
    assert.equal(x['a'], 116);
    assert.equal(x['d'], 116);
    assert.deepEqual([x['b'], x['c']], [0, 232]);
  });

  it('leaves out edges to unknown nodes and survives a cycle', () => {
    assert.equal(layout('a b', ['a>x', 'a>b']).edges.length, 1);
    assert.equal(layout('a b c', ['a>b', 'b>c', 'c>a']).nodes.length, 3);
    assert.deepEqual(layoutGraph({ nodes: [], edges: [] }), { nodes: [], edges: [], groups: [], width: 0, height: 0 });
  });

  it('draws two crossing pairs without a crossing', () => {
    const { nodes } = layout('a b c d', ['a>d', 'b>c']);
    const x = Object.fromEntries(nodes.map((node) => [node.id, node.x]));
    assert.equal(Math.sign((x['a'] ?? 0) - (x['b'] ?? 0)), Math.sign((x['d'] ?? 0) - (x['c'] ?? 0)));
  });

  it('never overlaps boxes, sends every edge down, and is deterministic (random graphs)', () => {
    fc.assert(
      fc.property(GRAPH, (random) => {
        const { nodes, edges } = toGraph(random);
        const first = layoutGraph({ nodes, edges });
        assert.deepEqual(layoutGraph({ nodes, edges }), first);
        assertApart(first);
        const layer = new Map(first.nodes.map((node) => [node.id, node.layer]));
        for (const edge of first.edges) {
          assert.ok((layer.get(edge.from) ?? 0) < (layer.get(edge.to) ?? 0));
          edge.points.forEach((point, index) => assert.ok(index === 0 || point.y >= (edge.points[index - 1]?.y ?? 0)));
        }
      }),
      { numRuns: 200 },
    );
  });
});

function assertApart({ nodes }: Layout): void {
  const rows = Map.groupBy(nodes, (node) => node.layer);
  for (const row of rows.values()) {
    const sorted = row.toSorted((a, b) => a.x - b.x);
    sorted.forEach((node, index) => {
      const before = sorted[index - 1];
      assert.ok(before === undefined || before.x + before.width + 31.999 <= node.x, `${before?.id} and ${node.id} are too near`);
    });
  }
}
