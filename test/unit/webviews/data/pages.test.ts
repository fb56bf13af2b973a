import assert from 'node:assert/strict';
import { moveCell, toWindow } from '../../../../webviews/data/cellPlaces.ts';
import { createPages, rowAt, toMissing, withAsked, withPage, type Row } from '../../../../webviews/data/pages.ts';

const page = (from: number): readonly Row[] => Array.from({ length: 10 }, (_, index) => [from + index]);

describe('pages of a table', () => {
  it('are asked for once, when a row of theirs comes into sight', () => {
    const first = createPages(10, page(0));
    assert.deepEqual(toMissing(first, 0, 9), []);
    assert.deepEqual(toMissing(first, 5, 34), [1, 2, 3]);
    const asked = withAsked(first, [1, 2, 3]);
    assert.deepEqual(toMissing(asked, 5, 34), []);
    const come = withPage(asked, 20, page(20));
    assert.deepEqual(rowAt(come, 25), [25]);
    assert.equal(rowAt(come, 15), undefined);
  });

  it('can be asked for again when they did not come', () => {
    const failed = withPage(withAsked(createPages(10, page(0)), [1]), 10, []);
    assert.deepEqual(toMissing(failed, 10, 19), [1]);
  });

  it('are forgotten, the oldest first, so that a long table can be walked', () => {
    let pages = createPages(10, page(0));
    for (let number = 1; number < 200; number++) pages = withPage(pages, number * 10, page(number * 10));
    assert.ok(pages.held.size <= 60);
    assert.equal(rowAt(pages, 0), undefined);
    assert.deepEqual(rowAt(pages, 1999), [1999]);
  });
});

describe('the chosen cell', () => {
  const extent = { rows: 5_000_000, columns: 3, page: 20 };
  const key = (name: string, ctrlKey = false) => ({ key: name, ctrlKey, metaKey: false });

  it('walks by keys, and stays inside', () => {
    const at = { row: 10, column: 1 };
    assert.deepEqual(moveCell(null, key('ArrowDown'), extent), { row: 0, column: 0 });
    assert.deepEqual(moveCell(at, key('ArrowDown'), extent), { row: 11, column: 1 });
    assert.deepEqual(moveCell(at, key('ArrowDown', true), extent), { row: 4_999_999, column: 1 });
    assert.deepEqual(moveCell(at, key('PageUp'), extent), { row: 0, column: 1 });
    assert.deepEqual(moveCell(at, key('End'), extent), { row: 10, column: 2 });
    assert.deepEqual(moveCell(at, key('Home', true), extent), { row: 0, column: 0 });
    assert.equal(moveCell(at, key('x'), extent), undefined);
    assert.deepEqual(moveCell(at, key('ArrowDown'), { rows: 0, columns: 0, page: 1 }), { row: 0, column: 0 });
  });

  it('is in the stretch of a table that is longer than a browser can scroll', () => {
    for (const row of [0, 499_999, 500_000, 3_210_000, 4_999_999]) {
      const { base, count } = toWindow(5_000_000, row);
      assert.ok(base >= 0 && base <= row && row < base + count && base + count <= 5_000_000, String(row));
    }
    assert.deepEqual(toWindow(12, 3), { base: 0, count: 12 });
  });
});
