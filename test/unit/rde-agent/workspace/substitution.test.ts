import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Json } from '../../../../language/model/json.ts';
import type { Param } from '../../../../language/model/module.ts';
import type { ParamValue, TemplatePart } from '../../../../language/model/workflow.ts';
import { findValueProblem, substituteParams, toParamValues } from '../../../../rde-agent/workspace/substitution.ts';

const text = (value: string): TemplatePart => ({ kind: 'text', text: value });
const from = (scope: 'params' | 'run' | 'foreach', name: string): TemplatePart => ({ kind: 'substitution', scope, name });
const template = (...parts: readonly TemplatePart[]): ParamValue => ({ kind: 'template', parts });
const literal = (value: Json): ParamValue => ({ kind: 'literal', value });

describe('substitution of parameters', () => {
  const params = { n: 7, f: 1.5, t: 'text', b: true, j: { a: [1] } };
  const cases: readonly (readonly [string, ParamValue, ParamValue])[] = [
    ['leaves literals', literal('${params.n}'), literal('${params.n}')],
    ['keeps the type of a whole value', template(from('params', 'n')), literal(7)],
    ['keeps JSON', template(from('params', 'j')), literal({ a: [1] })],
    ['writes numbers into text', template(text('n='), from('params', 'n')), literal('n=7')],
    ['writes texts into text as they are', template(text('<'), from('params', 't'), text('>')), literal('<text>')],
    ['writes other values as JSON', template(from('params', 'b'), text(' '), from('params', 'j')), literal('true {"a":[1]}')],
    ['leaves elements for later', template(from('foreach', 'kind')), template(from('foreach', 'kind'))],
    [
      'joins what is known around what is not',
      template(text('a'), from('params', 'n'), from('run', 'id'), text('b'), from('params', 't')),
      template(text('a7'), from('run', 'id'), text('btext')),
    ],
  ];
  for (const [name, value, expected] of cases) it(name, () => assert.deepEqual(substituteParams(value, params), expected));
});

describe('values of parameters', () => {
  const problem = (type: Param['type'], value: Json, limits: Partial<Param> = {}): string | undefined =>
    findValueProblem({ name: 'p', type, ...limits }, value);

  it('must have the declared type; a whole number is a float too', () => {
    const good: readonly (readonly [Param['type'], Json])[] = [
      ['int', 1],
      ['float', 1],
      ['float', 1.5],
      ['bool', false],
      ['string', ''],
      ['json', null],
      ['json', { a: 1 }],
    ];
    for (const [type, value] of good) assert.equal(problem(type, value), undefined, `${type} ${JSON.stringify(value)}`);
    const bad: readonly (readonly [Param['type'], Json])[] = [
      ['int', 1.5],
      ['int', '1'],
      ['int', true],
      ['int', 2 ** 53],
      ['float', '1'],
      ['bool', 0],
      ['string', 1],
      ['string', null],
    ];
    for (const [type, value] of bad) assert.match(problem(type, value) ?? '', /must be/, `${type} ${JSON.stringify(value)}`);
  });

  it('must lie within their limits', () => {
    assert.equal(problem('int', 2, { min: 2, max: 2 }), undefined);
    assert.match(problem('int', 1, { min: 2 }) ?? '', /at least 2/);
    assert.match(problem('float', 2.1, { max: 2 }) ?? '', /at most 2/);
  });

  it('are filled in from defaults, in the order of the declaration', () => {
    const declared: readonly Param[] = [
      { name: 'a', type: 'int', default: 1 },
      { name: 'b', type: 'string' },
    ];
    assert.deepEqual(Object.entries(toParamValues('w', declared, { b: 'x' })), [
      ['a', 1],
      ['b', 'x'],
    ]);
    assert.throws(() => toParamValues('w', declared, {}), /w needs a value for the parameter b \(string\)/);
    assert.throws(() => toParamValues('w', declared, { b: 'x', c: 1 }), /no parameter c; it has a, b/);
  });
});
