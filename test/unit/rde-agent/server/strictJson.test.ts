import assert from 'node:assert/strict';
import fc from 'fast-check';
import { findJsonProblem, JSON_LIMITS } from '../../../../rde-agent/server/strictJson.ts';

function check(text: string, expected: ReturnType<typeof findJsonProblem>): void {
  it(`${text.slice(0, 60)} → ${String(expected)}`, () => assert.equal(findJsonProblem(text), expected));
}

describe('server/strictJson (A17, A18)', () => {
  check('{"a":{"b":[1,2,{"a":1}]},"c":"{\\"a\\":1}"}', undefined);
  check('{"a":1,"a":2}', 'duplicate-key');
  check('{"a":1,"\\u0061":2}', 'duplicate-key');
  check('[{"a":1},{"a":2}]', undefined);
  check('{"__proto__":{}}', 'reserved-key');
  check('{"x":{"\\u005f_proto__":{}}}', 'reserved-key');
  check('{"constructor" : {"prototype":1}}', 'reserved-key');
  check('{"a":"__proto__"}', undefined);
  check('["constructor"]', undefined);
  check('{"a":"\\ud800"}', 'surrogate');
  check('{"\\udfff":1}', 'surrogate');
  check('{"a":"\\ud83d\\ude00"}', undefined);
  check('{"a', 'syntax');
  check('"\\\\"', undefined);
  check('['.repeat(JSON_LIMITS.depth) + ']'.repeat(JSON_LIMITS.depth), undefined);
  check('['.repeat(100_000), 'depth');
  check(`${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`, 'depth');
  it('a million keys → keys', () => {
    const text = `{${Array.from({ length: JSON_LIMITS.keys + 1 }, (_, index) => `"k${String(index)}":1`).join(',')}}`;
    assert.equal(findJsonProblem(text), 'keys');
  });

  it('lets every ordinary value through', () => {
    const value = fc.jsonValue({ maxDepth: 6 }).filter((json) => !/__proto__|constructor|prototype/.test(JSON.stringify(json)));
    fc.assert(fc.property(value, (json) => findJsonProblem(JSON.stringify(json)) === undefined));
  });

  it('ends on any text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', 'a', ' ', '1', '\\u005f', '\\ud800') }),
        (text) => void findJsonProblem(text),
      ),
    );
  });
});
