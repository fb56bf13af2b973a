import assert from 'node:assert/strict';
import { expand, FanOutProblem, MOST_ELEMENTS } from '../../../../rde-agent/executor/fanOutElements.ts';

const isProblem = (pattern: RegExp) => (error: unknown) => error instanceof FanOutProblem && pattern.test(error.message);

describe('executor: elements of a fan-out', () => {
  it('zips names, literals among them', () => {
    const foreach = { names: ['row', 'depth'], values: { depth: [1, 2] } };
    assert.deepEqual(expand('score', foreach, { row: ['a', 'b'] }), { values: { row: ['a', 'b'], depth: [1, 2] }, count: 2 });
    assert.throws(() => expand('score', foreach, { row: ['a'] }), isProblem(/equally long/));
  });

  it('crosses names, the last one fastest', () => {
    const foreach = { names: ['row', 'depth'], values: { depth: [1, 2] }, product: true };
    const { values, count } = expand('score', foreach, { row: ['a', 'b', 'c'] });
    assert.equal(count, 6);
    assert.deepEqual(values, { row: ['a', 'a', 'b', 'b', 'c', 'c'], depth: [1, 2, 1, 2, 1, 2] });
    assert.equal(expand('score', foreach, { row: [] }).count, 0);
  });

  it('refuses more elements than there may be, before it makes them', () => {
    const many = Array.from({ length: MOST_ELEMENTS }, (_, index) => index);
    assert.throws(
      () => expand('score', { names: ['a'], values: {} }, { a: [...many, 0] }),
      isProblem(/10001 elements; a fan-out has at most 10000/),
    );
    assert.throws(
      () => expand('score', { names: ['a', 'b'], values: {}, product: true }, { a: many, b: many }),
      isProblem(/100000000 elements/),
    );
  });
});
