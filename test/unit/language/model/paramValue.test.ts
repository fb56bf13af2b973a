import assert from 'node:assert/strict';
import type { Json } from '../../../../language/model/json.ts';
import type { Param } from '../../../../language/model/module.ts';
import { toParamMismatch } from '../../../../language/model/paramValue.ts';

describe('toParamMismatch', () => {
  const cases: readonly (readonly [Omit<Param, 'name'>, Json, boolean])[] = [
    [{ type: 'bool' }, true, true],
    [{ type: 'bool' }, 'true', false],
    [{ type: 'int' }, 3, true],
    [{ type: 'int' }, 3.5, false],
    [{ type: 'int' }, 2 ** 60, false],
    [{ type: 'float' }, 3, true],
    [{ type: 'float' }, '3', false],
    [{ type: 'string' }, 'a', true],
    [{ type: 'string' }, 3, false],
    [{ type: 'string' }, null, false],
    [{ type: 'json' }, { a: [1, null] }, true],
    [{ type: 'int', min: 1, max: 3 }, 1, true],
    [{ type: 'int', min: 1, max: 3 }, 3, true],
    [{ type: 'int', min: 1, max: 3 }, 0, false],
    [{ type: 'float', max: 3 }, 3.01, false],
  ];
  for (const [param, value, fits] of cases) {
    it(`${JSON.stringify(param)} ← ${JSON.stringify(value)}`, () => {
      assert.equal(toParamMismatch({ name: 'x', ...param }, value) === undefined, fits);
    });
  }
});
