import assert from 'node:assert/strict';
import type { PlanStep } from '../../../../rde-agent/protocol/documents.ts';
import { toPlanStatuses } from '../../../../webviews/protocol/planStatus.ts';
import { toChangeText, toPlaceText, toReasonParts } from '../../../../webviews/protocol/reasonTexts.ts';

function toRow(step: string, decision: PlanStep['decision'], more: Partial<PlanStep> = {}): PlanStep {
  return { step, decision, reasons: [], predictedSeconds: 0, ...more };
}

describe('a plan by steps', () => {
  it('takes the elements of a step together, and what is inside of a nested workflow under its own path', () => {
    const because = { kind: 'code', message: 'scale changed' } as const;
    const kept = { kind: 'hit', message: 'the same' } as const;
    const statuses = toPlanStatuses({
      v: 1,
      workflow: 'demo/flow',
      saved: 3,
      predictedSeconds: 4,
      steps: [
        toRow('load', 'hit', { saved: 1, reasons: [kept] }),
        toRow('train[a/b]', 'hit', { saved: 2, reasons: [kept] }),
        toRow('train[c]', 'miss', { predictedSeconds: 4, reasons: [because] }),
        toRow('train[d]', 'miss', { reasons: [because] }),
        toRow('check', 'conditional'),
        toRow('check/score', 'miss'),
        toRow('check/each[0]', 'miss'),
      ],
    });
    assert.deepEqual([...statuses.keys()], ['load', 'train', 'check', 'check/score', 'check/each']);
    const whole = { total: 3, hits: 1, misses: 2, conditional: 0, reasons: [because, kept], predictedSeconds: 4, savedSeconds: 2 };
    assert.deepEqual(statuses.get('train'), whole);
    assert.deepEqual([statuses.get('check')?.total, statuses.get('check')?.conditional], [1, 1]);
  });
});

describe('a reason in words', () => {
  it('names its place by file and line', () => {
    const reason = { kind: 'code', message: '', file: 'modules/demo/clean/helpers.py' } as const;
    assert.deepEqual([toPlaceText(reason), toPlaceText({ ...reason, line: 3 })], ['helpers.py', 'helpers.py:3']);
    assert.equal(toPlaceText({ kind: 'param', message: '' }), undefined);
  });

  it('has its place where the message names it, else at the end', () => {
    const reason = {
      kind: 'code',
      message: 'RATE in helpers.py:3 changed: 2 → 3',
      file: 'a/helpers.py',
      line: 3,
      before: '2',
      after: '3',
    } as const;
    assert.deepEqual(toReasonParts(reason), { text: 'RATE in ', place: 'helpers.py:3', rest: ' changed: 2 → 3' });
    assert.deepEqual(toReasonParts({ ...reason, message: 'RATE changed' }), {
      text: 'RATE changed, 2 → 3 · ',
      place: 'helpers.py:3',
      rest: '',
    });
    assert.deepEqual(toReasonParts({ kind: 'param', message: 'x: 1 → 2' }), { text: 'x: 1 → 2', place: undefined, rest: '' });
  });

  it('says what it was and is, but not twice, and nothing that nobody can read', () => {
    const reason = { kind: 'code', message: 'RATE changed', before: '2', after: '3' } as const;
    assert.equal(toChangeText(reason), '2 → 3');
    assert.equal(toChangeText({ ...reason, message: 'RATE: 2 → 3' }), undefined);
    assert.equal(toChangeText({ ...reason, before: `sha256:${'0'.repeat(64)}` }), undefined);
    assert.equal(toChangeText({ ...reason, after: 'def scale():\n    return 3' }), undefined);
    assert.equal(toChangeText({ kind: 'code', message: 'f is new', after: '3' }), undefined);
  });
});
