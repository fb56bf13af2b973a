import assert from 'node:assert/strict';
import { isOlder } from '../../../../extension/agent/versions.ts';

const cases: readonly (readonly [string, string, boolean])[] = [
  ['0.1.0', '0.1.0', false],
  ['0.1.0', '0.2.0', true],
  ['0.9.9', '1.0.0', true],
  ['0.10.0', '0.9.0', false],
  ['1.2.3-beta.1', '1.2.4', true],
  ['unknown', '1.0.0', false],
];

describe('the age of an agent', () => {
  for (const [version, than, expected] of cases) {
    it(`${version} is ${expected ? '' : 'not '}older than ${than}`, () => assert.equal(isOlder(version, than), expected));
  }
});
