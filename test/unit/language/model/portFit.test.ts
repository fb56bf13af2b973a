import assert from 'node:assert/strict';
import { toPortMisfits } from '../../../../language/model/portFit.ts';
import type { PortType } from '../../../../language/model/portType.ts';

function table(columns: { readonly [name: string]: string }, open = false): PortType {
  return { kind: 'table', open, columns: Object.entries(columns).map(([name, type]) => ({ name, type })) };
}

describe('toPortMisfits', () => {
  const model: PortType = { kind: 'model' };
  const cases: readonly {
    readonly name: string;
    readonly given: PortType;
    readonly wanted: PortType;
    readonly expected: readonly string[];
  }[] = [
    { name: 'equal kinds', given: model, wanted: model, expected: [] },
    { name: 'other kinds', given: { kind: 'json' }, wanted: model, expected: ['type'] },
    { name: 'a list for one', given: { kind: 'list', of: model }, wanted: model, expected: ['type'] },
    {
      name: 'lists of other things',
      given: { kind: 'list', of: { kind: 'json' } },
      wanted: { kind: 'list', of: model },
      expected: ['type'],
    },
    { name: 'more columns than wanted', given: table({ a: 'int64', b: 'string' }), wanted: table({ a: 'int64' }), expected: [] },
    { name: 'a column less', given: table({ b: 'string' }), wanted: table({ a: 'int64' }), expected: ['a'] },
    { name: 'another type', given: table({ a: 'int32' }), wanted: table({ a: 'int64' }), expected: ['a'] },
    { name: 'an open table may have it', given: table({}, true), wanted: table({ a: 'int64' }), expected: [] },
    { name: 'an open table with another type', given: table({ a: 'string' }, true), wanted: table({ a: 'int64' }), expected: ['a'] },
    { name: 'blanks in a type', given: table({ a: 'timestamp[us,tz=UTC]' }), wanted: table({ a: 'timestamp[us, tz=UTC]' }), expected: [] },
    {
      name: 'tables in lists',
      given: { kind: 'list', of: table({ a: 'string' }) },
      wanted: { kind: 'list', of: table({ a: 'int64', b: 'int64' }) },
      expected: ['a', 'b'],
    },
  ];
  for (const { name, given, wanted, expected } of cases) {
    it(name, () => {
      const misfits = toPortMisfits(given, wanted);
      assert.deepEqual(
        misfits.map((misfit) => (misfit.kind === 'column' ? misfit.column : 'type')),
        expected,
      );
    });
  }
});
