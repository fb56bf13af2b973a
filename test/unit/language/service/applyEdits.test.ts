import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Range } from '../../../../language/model/diagnostic.ts';
import { toLineStarts, toPosition } from '../../../../language/parse/sourceMap.ts';
import { applyEdits } from '../../../../language/service/applyEdits.ts';

const FILE = 'a.yaml';

function toRange(text: string, start: number, end: number): Range {
  const lines = toLineStarts(text);
  return { start: toPosition(lines, start), end: toPosition(lines, end) };
}

describe('applyEdits', () => {
  it('changes what it names and nothing else', () => {
    const text = 'a:   1   # kept\r\nb: two\n';
    const edits = [
      { file: FILE, range: toRange(text, 20, 23), newText: '2' },
      { file: FILE, range: toRange(text, 0, 1), newText: 'aa' },
    ];
    assert.deepEqual(applyEdits(text, edits), { kind: 'applied', text: 'aa:   1   # kept\r\nb: 2\n' });
  });

  it('keeps every byte outside the edits, whatever the text', () => {
    const anyText = fc.string({ unit: fc.constantFrom('a', '\n', '\r\n', '😀', 'é', ' ', '\t', '#'), maxLength: 60 });
    fc.assert(
      fc.property(
        anyText,
        fc.array(fc.nat(), { maxLength: 8 }),
        fc.array(fc.string(), { minLength: 4, maxLength: 4 }),
        (text, numbers, words) => {
          const bounds = [...new Set(numbers.map((number) => number % (text.length + 1)))].sort((one, other) => one - other);
          const spans = words.flatMap((word, index) => {
            const [start, end] = [bounds[2 * index], bounds[2 * index + 1]];
            return start === undefined || end === undefined ? [] : [{ start, end, word }];
          });
          const edits = spans.map(({ start, end, word }) => ({ file: FILE, range: toRange(text, start, end), newText: word }));
          let expected = '';
          let from = 0;
          for (const { start, end, word } of spans) {
            expected += text.slice(from, start) + word;
            from = end;
          }
          assert.deepEqual(applyEdits(text, edits.toReversed()), { kind: 'applied', text: expected + text.slice(from) });
        },
      ),
    );
  });

  const refused: readonly (readonly [string, readonly Range[]])[] = [
    ['a line that is not there', [{ start: { line: 3, column: 1 }, end: { line: 3, column: 1 } }]],
    ['a column beyond the line', [{ start: { line: 1, column: 1 }, end: { line: 1, column: 9 } }]],
    ['column 0', [{ start: { line: 1, column: 0 }, end: { line: 1, column: 1 } }]],
    ['an end before the start', [{ start: { line: 1, column: 3 }, end: { line: 1, column: 2 } }]],
    [
      'edits that overlap',
      [
        { start: { line: 1, column: 1 }, end: { line: 1, column: 3 } },
        { start: { line: 1, column: 2 }, end: { line: 1, column: 4 } },
      ],
    ],
  ];
  for (const [name, ranges] of refused) {
    it(`refuses ${name}, and applies nothing`, () => {
      const edits = ranges.map((range) => ({ file: FILE, range, newText: 'x' }));
      assert.equal(applyEdits('abc\nd', edits).kind, 'refused');
    });
  }
});
