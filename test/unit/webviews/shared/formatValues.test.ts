import assert from 'node:assert/strict';
import { formatNumber, formatSeconds, shortenRunIds } from '../../../../webviews/shared/formatValues.ts';

describe('values as people read them', () => {
  for (const [seconds, text] of [
    [0, '0 ms'],
    [0.0042, '4 ms'],
    [0.9996, '1.0 s'],
    [59.96, '1 min 00 s'],
    [3725, '1 h 02 min'],
  ] as const) {
    it(`${seconds} s is ${text}`, () => assert.equal(formatSeconds(seconds), text));
  }
  for (const [value, text] of [
    [336776, '336776'],
    [0.473692, '0.4737'],
    [1e-7, '1.00e-7'],
    [12345678.9, '1.23e+7'],
  ] as const) {
    it(`${value} is ${text}`, () => assert.equal(formatNumber(value), text));
  }

  it('shortens run ids and nothing else', () => {
    const text = 'since run 01a1fdd4-f46c-700d-a929-62155eb02d7b, not 01a1fdd4-f46c-400d-a929-62155eb02d7b';
    assert.equal(shortenRunIds(text), 'since run 01a1fdd4-f46c, not 01a1fdd4-f46c-400d-a929-62155eb02d7b');
  });
});
