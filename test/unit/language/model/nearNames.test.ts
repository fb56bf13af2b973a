import assert from 'node:assert/strict';
import { toNearestName, toNearNames } from '../../../../language/model/nearNames.ts';

describe('toNearNames', () => {
  const names = ['model', 'metrics', 'features', 'data'];
  const table: readonly (readonly [string, string | undefined])[] = [
    ['modle', 'model'],
    ['Model', 'model'],
    ['metric', 'metrics'],
    ['faetures', 'features'],
    ['dta', 'data'],
    ['x', undefined],
    ['something-else', undefined],
    ['m'.repeat(1000), undefined],
  ];
  for (const [text, expected] of table) it(text.slice(0, 20), () => assert.equal(toNearestName(text, names), expected));

  it('puts the most similar first', () => {
    assert.deepEqual(toNearNames('featurs', ['future', 'features', 'feature']), ['feature', 'features']);
  });
});
