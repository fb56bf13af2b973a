import assert from 'node:assert/strict';
import {
  isDynamicForeach,
  toElementCount,
  toElementNames,
  toElementValues,
  toUpstreamSteps,
  type Foreach,
  type Reference,
} from '../../../../language/model/workflow.ts';

const zipped: Foreach = { names: ['kind', 'depth'], values: { kind: ['ridge', 'forest'], depth: [3, 9] } };
const crossed: Foreach = { names: ['kind', 'depth'], values: { kind: ['ridge', 'forest'], depth: [3, 5, 7] }, product: true };
const reference = (step: string): Reference => ({ step, port: undefined, select: { kind: 'none' } });

describe('elements of a fan-out', () => {
  it('are zipped', () => {
    assert.equal(toElementCount(zipped), 2);
    assert.deepEqual(toElementNames(zipped), ['ridge,3', 'forest,9']);
    assert.deepEqual(toElementValues(zipped, 1), { kind: 'forest', depth: 9 });
  });

  it('are crossed, the last name varying fastest', () => {
    assert.equal(toElementCount(crossed), 6);
    assert.deepEqual(toElementNames(crossed), ['ridge,3', 'ridge,5', 'ridge,7', 'forest,3', 'forest,5', 'forest,7']);
    assert.deepEqual(toElementValues(crossed, 4), { kind: 'forest', depth: 5 });
  });

  it('have unique names without the signs of references', () => {
    const names = toElementNames({ names: ['x'], values: { x: ['a.b', 'a b', { k: [1] }, 'a.b'] } });
    assert.deepEqual(names, ['a_b', 'a_b#1', '{"k":_1_}', 'a_b#3']);
  });

  it('of nothing are none', () => {
    assert.equal(toElementCount({ names: [], values: {}, product: true }), 0);
    assert.deepEqual(toElementNames({ names: [], values: {} }), []);
  });

  it('over outputs are not known', () => {
    assert.equal(isDynamicForeach({ names: ['x'], values: {}, from: { x: reference('a') } }), true);
    assert.equal(isDynamicForeach(zipped), false);
    assert.equal(isDynamicForeach({ ...zipped, from: {} }), false);
  });
});

describe('toUpstreamSteps', () => {
  it('names what a step takes inputs and elements from and what its condition reads, each once', () => {
    const upstream = toUpstreamSteps({
      inputs: { a: reference('one'), b: { items: [reference('two'), reference('one')] }, c: reference('inputs') },
      foreach: { names: ['x'], values: {}, from: { x: reference('three') } },
      when: { kind: 'not', of: { kind: 'metric', step: 'four', name: 'auc' } },
    });
    assert.deepEqual(upstream, ['one', 'two', 'three', 'four']);
  });
});
