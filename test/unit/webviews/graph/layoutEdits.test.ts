import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Layout, LayoutEdge, LayoutNode, LayoutRequest } from '../../../../webviews/graph/layout/layout.ts';
import { layoutGraph } from '../../../../webviews/graph/layout/layoutGraph.ts';
import { createRandom } from '../../../support/editFuzz.ts';
import { createBox, createGraph, createLayeredGraph } from '../../../support/layeredGraphs.ts';
import { assertLinesPass, assertSound } from '../../../support/layoutChecks.ts';

/** Share of the nodes of before that are somewhere else now. */
function shareMoved(before: Layout, after: Layout): number {
  const places = new Map(after.nodes.map((node) => [node.id, node]));
  const kept = before.nodes.filter((node) => places.has(node.id));
  const moved = kept.filter((node) => places.get(node.id)?.x !== node.x || places.get(node.id)?.y !== node.y);
  return moved.length / Math.max(1, kept.length);
}

function withNode(request: LayoutRequest, id: string, parents: readonly string[], at: number): LayoutRequest {
  const nodes = [...request.nodes.slice(0, at), createBox(id), ...request.nodes.slice(at)];
  return { nodes, edges: [...request.edges, ...parents.map((from) => ({ from, to: id }))] };
}

const CHAIN = createGraph('a>b b>c c>d a>x');

describe('layoutGraph after an edit', () => {
  it('answers the very same boxes and lines where nothing has changed', () => {
    const request = createLayeredGraph({ nodes: 300, seed: 1 });
    const previous = layoutGraph(request);
    const again = layoutGraph({ ...request, previous });
    again.nodes.forEach((node, index) => assert.equal(node, previous.nodes[index]));
    again.edges.forEach((edge, index) => assert.equal(edge, previous.edges[index]));
    assert.deepEqual(again, previous);
  });

  it('says the same of a previous layout that was read from somewhere', () => {
    const request = createLayeredGraph({ nodes: 100, seed: 2 });
    const previous = layoutGraph(request);
    const edited = withNode(request, 'new', ['step-7', 'step-31'], 40);
    assert.deepEqual(layoutGraph({ ...edited, previous }), layoutGraph({ ...edited, previous: structuredClone(previous) }));
  });

  it('moves few boxes for a new one, and none for a new line where the rows allow it (1,000 nodes)', () => {
    const request = createLayeredGraph({ nodes: 1000, seed: 4 });
    const previous = layoutGraph(request);
    const random = createRandom(11);
    for (let trial = 0; trial < 8; trial++) {
      const added = layoutGraph({ ...withNode(request, 'new', [`step-${random(1000)}`], random(1000)), previous });
      assertSound(added, { ...request, nodes: added.nodes });
      assert.ok(shareMoved(previous, added) <= 0.05);
      const [one, other] = [previous.nodes[random(1000)], previous.nodes[random(1000)]];
      if (one === undefined || other === undefined || one.layer === other.layer) continue;
      const edge = one.layer < other.layer ? { from: one.id, to: other.id } : { from: other.id, to: one.id };
      const joined = layoutGraph({ ...request, edges: [...request.edges, edge], previous });
      assert.equal(shareMoved(previous, joined), 0);
      assertLinesPass(joined);
    }
  });

  it('puts a new step under what it needs, between what needs it, or on top', () => {
    const previous = layoutGraph(CHAIN);
    const layerOf = (request: LayoutRequest): number =>
      layoutGraph({ ...request, previous }).nodes.find((node) => node.id === 'new')?.layer ?? -1;
    assert.equal(layerOf(withNode(CHAIN, 'new', ['b'], 0)), 2);
    assert.equal(layerOf({ nodes: [...CHAIN.nodes, createBox('new')], edges: [...CHAIN.edges, { from: 'new', to: 'd' }] }), 2);
    assert.equal(layerOf({ nodes: [...CHAIN.nodes, createBox('new')], edges: [...CHAIN.edges, { from: 'new', to: 'a' }] }), 0);
    const between = {
      nodes: [...CHAIN.nodes, createBox('new')],
      edges: [...CHAIN.edges, { from: 'a', to: 'new' }, { from: 'new', to: 'b' }],
    };
    const layout = layoutGraph({ ...between, previous });
    assertSound(layout, between);
    assert.deepEqual(
      ['a', 'new', 'b', 'c', 'd'].map((id) => layout.nodes.find((node) => node.id === id)?.layer),
      [0, 1, 2, 3, 4],
    );
  });

  it('keeps a box where it stands while it is opened and closed again', () => {
    const closed = createGraph('a>check check>b a>c c>d a>e');
    const before = layoutGraph(closed);
    const inner = ['one', 'two', 'three'].map((name) => createBox(`check/${name}`, { group: 'check' }));
    const opened: LayoutRequest = {
      nodes: [...closed.nodes.filter((node) => node.id !== 'check'), ...inner],
      groups: [{ id: 'check', width: 150, height: 40, header: 24, padding: 12 }],
      edges: [...closed.edges, { from: 'check/one', to: 'check/two' }, { from: 'check/one', to: 'check/three' }],
      previous: before,
    };
    const during = layoutGraph(opened);
    assertSound(during, opened);
    const placeOf = (layout: Layout): number | undefined => layout.nodes.find((node) => node.id === 'check')?.y ?? layout.groups[0]?.y;
    assert.equal(placeOf(during), placeOf(before));
    const after = layoutGraph({ ...closed, previous: during });
    assertSound(after, closed);
    assert.equal(placeOf(after), placeOf(before));
    assert.deepEqual(
      after.nodes.map((node) => node.y),
      before.nodes.map((node) => node.y),
    );
  });

  it('closes the rows that a removal leaves empty', () => {
    const shorter = createGraph('a>d');
    const layout = layoutGraph({ ...shorter, previous: layoutGraph(createGraph('a>b b>c c>d')) });
    assert.deepEqual(
      layout.nodes.map((node) => [node.layer, node.y]),
      [
        [0, 0],
        [1, 96],
      ],
    );
  });

  it('lays out anew where an edit closes a cycle, or nearly all is new', () => {
    const cycle = createGraph('a>b b>c c>d a>x d>a');
    assertSound(layoutGraph({ ...cycle, previous: layoutGraph(CHAIN) }), cycle);
    const other = createGraph('p>q p>r q>s r>s a>b');
    assertSound(layoutGraph({ ...other, previous: layoutGraph(CHAIN) }), other);
  });

  it('stays sound over any run of edits', () => {
    const edit = fc.oneof(
      fc.record({ kind: fc.constant('add' as const), to: fc.nat(99), width: fc.integer({ min: 10, max: 500 }) }),
      fc.record({ kind: fc.constant('remove' as const), to: fc.nat(99) }),
      fc.record({ kind: fc.constant('join' as const), from: fc.nat(99), to: fc.nat(99) }),
      fc.record({ kind: fc.constant('cut' as const), to: fc.nat(99) }),
      fc.record({ kind: fc.constant('widen' as const), to: fc.nat(99), width: fc.integer({ min: 10, max: 800 }) }),
    );
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 25 }), (edits) => {
        let { nodes, edges }: { nodes: readonly LayoutNode[]; edges: readonly LayoutEdge[] } = createLayeredGraph({ nodes: 20, seed: 5 });
        let previous = layoutGraph({ nodes, edges });
        edits.forEach((one, index) => {
          const at = one.to % Math.max(1, nodes.length);
          const id = nodes[at]?.id ?? '';
          if (one.kind === 'add') {
            nodes = nodes.toSpliced(at, 0, createBox(`new-${index}`, { width: one.width }));
            edges = [...edges, { from: id, to: `new-${index}` }];
          } else if (one.kind === 'remove') nodes = nodes.toSpliced(at, 1);
          else if (one.kind === 'join') edges = [...edges, { from: nodes[one.from % Math.max(1, nodes.length)]?.id ?? '', to: id }];
          else if (one.kind === 'cut') edges = edges.toSpliced(one.to % Math.max(1, edges.length), 1);
          else nodes = nodes.map((node) => (node.id === id ? { ...node, width: one.width } : node));
          previous = layoutGraph({ nodes, edges, previous });
          assertSound(previous, { nodes, edges });
          assert.ok(previous.nodes.every((node) => node.x >= 0 && node.y >= 0));
        });
      }),
      { numRuns: 150 },
    );
  });
});
