import assert from 'node:assert/strict';
import fc from 'fast-check';
import { toConditionSteps, type Condition } from '../../../../language/model/condition.ts';
import { parseCondition } from '../../../../language/parse/condition.ts';

/** With all parentheses, so that what binds to what is seen. */
function toText(condition: Condition): string {
  switch (condition.kind) {
    case 'literal':
      return typeof condition.value === 'string' ? `'${condition.value}'` : String(condition.value);
    case 'param':
      return `params.${condition.name}`;
    case 'metric':
      return `${condition.step}.metrics.${condition.name}`;
    case 'not':
      return `!(${toText(condition.of)})`;
    case 'and':
      return `(${toText(condition.left)} && ${toText(condition.right)})`;
    case 'or':
      return `(${toText(condition.left)} || ${toText(condition.right)})`;
    case 'compare':
      return `(${toText(condition.left)} ${condition.operator} ${toText(condition.right)})`;
  }
}

function read(text: string): string {
  const reading = parseCondition(text);
  return reading.kind === 'ok' ? toText(reading.value) : `${reading.span.start}-${reading.span.end}: ${reading.message}`;
}

describe('parseCondition', () => {
  const rows: readonly (readonly [string, string])[] = [
    ['check.metrics.auc > 0.7 && params.deploy', '((check.metrics.auc > 0.7) && params.deploy)'],
    ['params.a || params.b && params.c', '(params.a || (params.b && params.c))'],
    ['(params.a || params.b) && params.c', '((params.a || params.b) && params.c)'],
    ['!params.a && !!params.b', '(!(params.a) && !(!(params.b)))'],
    ['!params.a == params.b', '(!(params.a) == params.b)'],
    ['!(params.a == params.b)', '!((params.a == params.b))'],
    ['params.a && params.b && params.c', '((params.a && params.b) && params.c)'],
    ['params.kind == \'ridge\' || params.kind != "a b"', "((params.kind == 'ridge') || (params.kind != 'a b'))"],
    ['1<=2', '(1 <= 2)'],
    ['-1.5e3 < .5', '(-1500 < 0.5)'],
    ['params.x == null', '(params.x == null)'],
    ['true', 'true'],
    ['  params.x  ', 'params.x'],
    ['train-all.metrics.val/auc >= 0.5', '(train-all.metrics.val/auc >= 0.5)'],
    ['a.metrics.test.f1 > 0', '(a.metrics.test.f1 > 0)'],
    ['metrics.metrics.metrics > 0', '(metrics.metrics.metrics > 0)'],
  ];
  for (const [text, expected] of rows) it(text, () => assert.equal(read(text), expected));

  const bad: readonly (readonly [string, string])[] = [
    ['', '0-0'],
    ['params.a &&', '11-11'],
    ['params.a params.b', '9-17'],
    ['(params.a', '9-9'],
    ['params.a)', '8-9'],
    ['1 < 2 < 3', '6-9'],
    ['params', '0-6'],
    ['params.metrics.x > 1', '0-16'],
    ['run.id == 1', '0-6'],
    ['a.auc > 1', '0-5'],
    ['f(1)', '0-1'],
    ['params.a = 1', '9-12'],
    ['1.2.3 > 1', '0-9'],
    ["params.a == 'x", '12-14'],
    ['${params.a}', '0-11'],
    ['('.repeat(40) + '1' + ')'.repeat(40), '33-81'],
    ['!'.repeat(40) + 'true', '33-44'],
  ];
  for (const [text, place] of bad) it(`refuses ${text.slice(0, 20)} at ${place}`, () => assert.equal(read(text).split(':')[0], place));

  it('places every name', () => {
    const text = '!params.a && fit.metrics.auc > params.b';
    const reading = parseCondition(text);
    assert.ok(reading.kind === 'ok');
    assert.deepEqual(
      reading.names.map(({ kind, name, start, end }) => [kind, name, text.slice(start, end)]),
      [
        ['param', 'a', 'a'],
        ['step', 'fit', 'fit'],
        ['metric', 'auc', 'auc'],
        ['param', 'b', 'b'],
      ],
    );
    assert.deepEqual(toConditionSteps(reading.value), ['fit']);
  });

  it('reads back what it wrote, and throws at nothing', () => {
    const leaf = fc.oneof(
      fc.constantFrom(true, false, null, 0, 1.5, -2, 'x', '').map((value): Condition => ({ kind: 'literal', value })),
      fc.constantFrom('a', 'b_1').map((name): Condition => ({ kind: 'param', name })),
      fc.constantFrom('fit', 'a-b').map((step): Condition => ({ kind: 'metric', step, name: 'val/auc' })),
    );
    const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
      condition: fc.oneof(
        { maxDepth: 5 },
        leaf,
        fc.record({ kind: fc.constant('not' as const), of: tie('condition') }),
        fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), left: tie('condition'), right: tie('condition') }),
        fc.record({
          kind: fc.constant('compare' as const),
          operator: fc.constantFrom('==' as const, '<' as const, '>=' as const),
          left: tie('condition'),
          right: tie('condition'),
        }),
      ),
    }));
    fc.assert(
      fc.property(condition, (value) => {
        const reading = parseCondition(toText(value));
        assert.ok(reading.kind === 'ok');
        assert.equal(toText(reading.value), toText(value));
      }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('(', ')', '!', '&&', '||', '<', '==', 'params.a', 'x.metrics.y', '1', "'", ' ', '.', 'é')),
        (words) => {
          const text = words.join('');
          const reading = parseCondition(text);
          if (reading.kind === 'bad') assert.ok(reading.span.start <= reading.span.end && reading.span.end <= text.length);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
