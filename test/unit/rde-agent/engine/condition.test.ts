import assert from 'node:assert/strict';
import { COMPARE_OPERATORS, type Condition } from '../../../../language/model/condition.ts';
import { judge } from '../../../../rde-agent/engine/condition.ts';

type Scalar = boolean | number | string | null;

const literal = (value: Scalar): Condition => ({ kind: 'literal', value });
const metric: Condition = { kind: 'metric', step: 'check', name: 'auc' };
const missing: Condition = { kind: 'metric', step: 'check', name: 'none' };
const param = (name: string): Condition => ({ kind: 'param', name });

/** `true`, `false`, or the message. */
function judged(condition: Condition): string {
  const verdict = judge(condition, {
    params: { deploy: true, name: 'a', list: [1] },
    metric: (step, name) => (step === 'check' && name === 'auc' ? 0.7 : undefined),
  });
  return verdict.kind === 'error' ? verdict.message : verdict.kind;
}

/** By operator in the order of COMPARE_OPERATORS: `t`, `f`, or `-` where the values cannot be compared. */
function compared(left: Scalar, right: Scalar): string {
  const results = COMPARE_OPERATORS.map((operator) => judged({ kind: 'compare', operator, left: literal(left), right: literal(right) }));
  return results.map((result) => (result === 'true' || result === 'false' ? result[0] : '-')).join('');
}

describe('engine: conditions', () => {
  it('compares values of one type', () => {
    assert.equal(COMPARE_OPERATORS.join(' '), '== != <= >= < >');
    for (const [left, right, expected] of [
      [1, 1, 'tfttff'],
      [1, 2, 'fttftf'],
      [2, 1, 'ftftft'],
      ['a', 'b', 'fttftf'],
      [true, true, 'tf----'],
      [true, false, 'ft----'],
      [null, null, 'tf----'],
      [null, 1, 'ft----'],
      [1, '1', '------'],
      [true, 1, '------'],
    ] as const)
      assert.equal(compared(left, right), expected, `${String(left)} and ${String(right)}`);
  });

  it('reads metrics and parameters, and says what is missing or unfit', () => {
    assert.equal(judged({ kind: 'compare', operator: '>', left: metric, right: literal(0.6) }), 'true');
    assert.equal(judged(param('deploy')), 'true');
    assert.equal(judged({ kind: 'compare', operator: '==', left: param('name'), right: literal('a') }), 'true');
    assert.equal(judged({ kind: 'compare', operator: '>', left: missing, right: literal(1) }), 'check gave no metric none');
    assert.equal(judged(param('other')), 'the workflow has no parameter other');
    assert.equal(judged(param('toString')), 'the workflow has no parameter toString');
    assert.equal(judged(param('list')), 'parameter list is not a single value');
    assert.equal(judged(param('name')), 'params.name is "a", which is neither true nor false');
    assert.match(
      judged({ kind: 'compare', operator: '<', left: metric, right: literal('x') }),
      /check\.metrics\.auc \(0\.7\) and "x" .* by </,
    );
  });

  it('looks only at what counts', () => {
    const both = (kind: 'and' | 'or', left: Scalar, right: Condition): string => judged({ kind, left: literal(left), right });
    assert.deepEqual([both('and', false, missing), both('or', true, missing)], ['false', 'true']);
    assert.deepEqual([both('and', true, missing), both('or', false, missing)], Array(2).fill('check gave no metric none'));
    assert.deepEqual([both('and', true, literal(false)), both('or', false, literal(true))], ['false', 'true']);
    assert.equal(judged({ kind: 'not', of: { kind: 'not', of: literal(true) } }), 'true');
    assert.equal(judged({ kind: 'compare', operator: '==', left: { kind: 'not', of: literal(true) }, right: literal(false) }), 'true');
  });
});
