import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { LayoutGroup, LayoutRequest } from '../../../../webviews/graph/layout/layout.ts';
import { layoutGraph } from '../../../../webviews/graph/layout/layoutGraph.ts';
import { createBox } from '../../../support/layeredGraphs.ts';
import { assertLinesPass, assertSound } from '../../../support/layoutChecks.ts';

function createGroup(id: string, group?: string): LayoutGroup {
  return { id, width: 200, height: 60, header: 30, padding: 16, ...(group === undefined ? {} : { group }) };
}

/** load > check(first > second) > report, with the nested workflow opened in place. */
const OPENED: LayoutRequest = {
  nodes: [
    createBox('load'),
    createBox('check/first', { group: 'check' }),
    createBox('check/second', { group: 'check' }),
    createBox('report'),
  ],
  groups: [createGroup('check')],
  edges: [
    { from: 'load', to: 'check' },
    { from: 'check/first', to: 'check/second' },
    { from: 'check', to: 'report' },
  ],
};

/** Any nesting, with groups in themselves and edges between any two boxes. */
const NESTED = fc
  .record({
    nodes: fc.array(fc.nat(7), { maxLength: 30 }),
    groups: fc.array(fc.nat(7), { maxLength: 6 }),
    edges: fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 60 }),
  })
  .map(({ nodes, groups, edges }): LayoutRequest => {
    const names = [...nodes.map((_, index) => `n${index}`), ...groups.map((_, index) => `g${index}`)];
    const name = (number: number): string => names[number % Math.max(1, names.length)] ?? '';
    return {
      nodes: nodes.map((group, index) => createBox(`n${index}`, { group: `g${group}` })),
      groups: groups.map((group, index) => createGroup(`g${index}`, `g${group}`)),
      edges: edges.map(([from, to]) => ({ from: name(from), to: name(to) })),
    };
  });

describe('layoutGraph with groups', () => {
  it('lays a group out inside its own box, which stands between the others', () => {
    const layout = layoutGraph(OPENED);
    assertSound(layout, OPENED);
    const [group] = layout.groups;
    assert.deepEqual([group?.layer, group?.width, group?.height], [1, 200, 30 + 2 * 16 + 2 * 40 + 56]);
    assert.deepEqual(
      layout.nodes.map((node) => node.layer),
      [0, 0, 1, 2],
    );
    const first = layout.nodes[1];
    assert.deepEqual([first?.x, first?.y, first?.group], [(group?.x ?? 0) + 16, (group?.y ?? 0) + 30 + 16, 'check']);
  });

  it('draws an edge between what is in different groups from border to border, and one into a group not at all', () => {
    const { edges } = layoutGraph({
      ...OPENED,
      edges: [...OPENED.edges, { from: 'load', to: 'check/first' }, { from: 'check', to: 'check/first' }],
    });
    const [direct, deep] = [edges[0], edges.find((edge) => edge.to === 'check/first')];
    assert.deepEqual(deep?.points, direct?.points);
    assert.equal(edges.length, 4);
  });

  it('gives an empty group its least size, and groups that hold one another a place outside', () => {
    const empty = layoutGraph({ nodes: [], groups: [createGroup('g')], edges: [] });
    assert.deepEqual([empty.groups[0]?.width, empty.groups[0]?.height], [200, 60]);
    const circle = layoutGraph({
      nodes: [createBox('n', { group: 'b' })],
      groups: [createGroup('a', 'b'), createGroup('b', 'a')],
      edges: [],
    });
    assert.equal(circle.groups.length, 2);
    assertSound(circle, { nodes: [createBox('n')], edges: [] });
  });

  it('is sound to any depth (any nesting, broken ones too)', () => {
    fc.assert(
      fc.property(NESTED, (request) => {
        const layout = layoutGraph(request);
        assertSound(layout, request);
        assertLinesPass(layout);
        assertSound(layoutGraph({ ...request, previous: layout }), request);
      }),
      { numRuns: 150 },
    );
  });
});
