import assert from 'node:assert/strict';
import type { DiffStep } from '../../../../rde-agent/protocol/comparisons.ts';
import { toChangeWords, toDelta, toPairText, toTimeDelta } from '../../../../webviews/compare/changes.ts';

const step: DiffStep = {
  step: 'clean',
  module: 'demo/clean',
  in: 'both',
  equal: false,
  state: { before: 'succeeded', after: 'succeeded' },
  decision: { before: 'executed', after: 'executed' },
  seconds: { before: 1, after: 1.5 },
  reasons: [],
  outputs: [],
  metrics: [],
};

describe('the words of a comparison', () => {
  it('say by how much a metric differs', () => {
    assert.equal(toDelta({ before: 0.5, after: 0.52 }), '+0.02 (+4 %)');
    assert.equal(toDelta({ before: 2, after: 1 }), '−1 (−50 %)');
    assert.equal(toDelta({ before: -2, after: -1 }), '+1 (+50 %)');
    assert.equal(toDelta({ before: 0, after: 3 }), '+3');
    assert.equal(toDelta({ before: null, after: 3 }), '');
  });

  it('say by how much a time differs, where both ran', () => {
    assert.equal(toTimeDelta(step), '+500 ms');
    assert.equal(toTimeDelta({ ...step, decision: { before: 'executed', after: 'reused' } }), '');
    assert.equal(toTimeDelta({ ...step, seconds: { before: 1, after: 1.000_01 } }), '');
  });

  it('name what differs, each once', () => {
    const reasons = [
      { kind: 'code', message: 'a' },
      { kind: 'import', message: 'b' },
      { kind: 'package', message: 'c' },
      { kind: 'param', message: 'd' },
    ] as const;
    const changed: DiffStep = { ...step, reasons: [...reasons], outputs: [{ name: 'out', before: 'x', after: 'y', equal: false }] };
    assert.deepEqual(toChangeWords(changed), ['code', 'environment', 'parameter', 'result']);
    assert.deepEqual(toChangeWords({ ...step, in: 'after' }), ['new']);
    assert.deepEqual(toChangeWords({ ...step, state: { before: 'failed', after: 'succeeded' } }), ['state']);
  });

  it('say both sides, or one where they are equal', () => {
    assert.equal(toPairText({ before: 'failed', after: 'succeeded' }), 'failed → succeeded');
    assert.equal(toPairText({ before: 'failed', after: 'failed' }), 'failed');
    assert.equal(toPairText({ before: 'failed', after: null }), 'failed → –');
  });
});
