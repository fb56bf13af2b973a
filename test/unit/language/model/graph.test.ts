import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toTopologicalOrder, type Dependencies } from '../../../../language/model/graph.ts';

function toGraph(edges: { readonly [node: string]: string }): Dependencies {
  return new Map(Object.entries(edges).map(([node, text]) => [node, text.split(' ').filter((name) => name !== '')]));
}

describe('toTopologicalOrder', () => {
  const table: readonly { readonly name: string; readonly edges: { readonly [node: string]: string }; readonly expected: string }[] = [
    { name: 'nothing', edges: {}, expected: '' },
    { name: 'keeps the order where nothing depends', edges: { c: '', a: '', b: '' }, expected: 'c a b' },
    { name: 'puts what is used first', edges: { a: 'b', b: 'c', c: '' }, expected: 'c b a' },
    { name: 'leaves unknown nodes out', edges: { a: 'x', b: 'a y' }, expected: 'a b' },
    { name: 'counts a repeated edge once', edges: { a: 'b b', b: '' }, expected: 'b a' },
  ];
  for (const { name, edges, expected } of table) {
    it(name, () =>
      assert.deepEqual(toTopologicalOrder(toGraph(edges)), { kind: 'ordered', order: expected === '' ? [] : expected.split(' ') }),
    );
  }

  it('names a cycle with its way', () => {
    assert.deepEqual(toTopologicalOrder(toGraph({ start: 'a', a: 'b', b: 'c d', c: 'a', d: '' })), {
      kind: 'cycle',
      path: ['a', 'b', 'c', 'a'],
    });
    assert.deepEqual(toTopologicalOrder(toGraph({ a: 'a' })), { kind: 'cycle', path: ['a', 'a'] });
  });

  it('orders every graph without a way back, and names a real way round in every other', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    const anyGraph = fc.array(fc.uniqueArray(fc.constantFrom(...names)), { minLength: names.length, maxLength: names.length });
    fc.assert(
      fc.property(anyGraph, (lists) => {
        const graph = new Map(names.map((name, index) => [name, lists[index] ?? []]));
        const ordering = toTopologicalOrder(graph);
        if (ordering.kind === 'ordered') {
          const place = new Map(ordering.order.map((name, index) => [name, index]));
          for (const [node, used] of graph) for (const name of used) assert.ok((place.get(name) ?? 0) < (place.get(node) ?? 0));
        } else {
          assert.ok(ordering.path.length > 1 && ordering.path[0] === ordering.path.at(-1));
          ordering.path.slice(1).forEach((name, index) => assert.ok(graph.get(ordering.path[index] ?? '')?.includes(name)));
        }
      }),
    );
  });

  it('takes a chain of 100,000 nodes', () => {
    const graph = new Map(Array.from({ length: 100_000 }, (_, index) => [`n${index}`, index === 0 ? [] : [`n${index - 1}`]]));
    assert.equal(toTopologicalOrder(graph).kind, 'ordered');
  });
});
