import assert from 'node:assert/strict';
import { parseParam } from '../../../../extension/ui/commands/paramText.ts';

type Declared = Parameters<typeof parseParam>[0];

const good: readonly (readonly [Declared, string, unknown])[] = [
  [{ type: 'string' }, '007', '007'],
  [{ type: 'bool' }, 'true', true],
  [{ type: 'int' }, '-12', -12],
  [{ type: 'float', min: 0, max: 1 }, '0.5', 0.5],
  [{ type: 'json' }, '{"a": [1]}', { a: [1] }],
];
const bad: readonly (readonly [Declared, string])[] = [
  [{ type: 'bool' }, 'yes'],
  [{ type: 'int' }, '1.5'],
  [{ type: 'int' }, '9007199254740993'],
  [{ type: 'float' }, ''],
  [{ type: 'float', max: 1 }, '2'],
  [{ type: 'int', min: 1 }, '0'],
  [{ type: 'json' }, '{'],
];

describe('a parameter that is typed in', () => {
  for (const [param, text, value] of good) it(`${param.type} ${text}`, () => assert.deepEqual(parseParam(param, text), { value }));
  for (const [param, text] of bad)
    it(`refuses ${JSON.stringify(text)} for ${param.type}`, () => assert.match(parseParam(param, text).problem ?? '', /^Enter /));
});
