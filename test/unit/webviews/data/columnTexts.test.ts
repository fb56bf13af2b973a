import assert from 'node:assert/strict';
import type { PreviewColumn } from '../../../../rde-agent/protocol/previewDocument.ts';
import { toBinTexts, toCellText, toMaskNotice, toMaskReason, toStatistics } from '../../../../webviews/data/columnTexts.ts';

const column: PreviewColumn = {
  name: 'age',
  type: 'int64',
  labels: ['public'],
  masked: false,
  nulls: 5,
  min: 0,
  max: 100,
  mean: 41.23456,
  distinct: 80,
  histogram: [1, 0, 1200],
};
const masked: PreviewColumn = {
  ...column,
  name: 'email',
  labels: ['pii', 'contact'],
  masked: true,
  min: null,
  max: null,
  mean: null,
  distinct: null,
  histogram: [],
};

describe('what is said of a column', () => {
  it('is short', () => {
    assert.deepEqual(toStatistics(column, 1000), ['5 null (<1 %)', '80 distinct', '0 – 100', 'mean 41.23']);
    assert.deepEqual(toStatistics({ ...column, nulls: 0 }, 0)[0], 'no nulls');
  });

  it('says bins with their edges and counts', () => {
    assert.deepEqual(toBinTexts({ ...column, max: 30 }), ['0 – 10: 1 row', '10 – 20: 0 rows', '20 – 30: 1,200 rows']);
  });

  it('shows values as they are', () => {
    assert.deepEqual(
      [null, undefined, '', false, 0.1 + 0.2, 1234567.891, -0].map((value) => toCellText(value)),
      ['null', 'null', '', 'false', '0.3', '1234567.891', '0'],
    );
  });

  it('names the label that hides its values, or that nobody has classified it', () => {
    assert.equal(toMaskReason(masked), 'its values are not shown: the column is labelled pii and contact');
    assert.equal(toMaskReason({ ...masked, labels: null }), 'its values are not shown: nobody has classified the column');
    assert.equal(toMaskNotice([column]), '');
    assert.equal(toMaskNotice([column, masked]), 'Values of email (pii, contact) are not shown because of its label.');
    assert.equal(
      toMaskNotice([masked, { ...masked, name: 'x', labels: null }]),
      'Values of email (pii, contact) and x (not classified) are not shown because of their labels.',
    );
  });
});
