import assert from 'node:assert/strict';
import fc from 'fast-check';
import { LineReader } from '../../../../../../rde-agent/runtimes/process/worker/lineReader.ts';

describe('LineReader', () => {
  it('gives the same lines however the bytes are cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\n', ''))),
        fc.array(fc.nat(30)),
        (lines, cuts) => {
          const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
          const reader = new LineReader(10_000);
          const read: string[] = [];
          let start = 0;
          for (const size of [...cuts, bytes.length]) {
            read.push(...(reader.push(bytes.subarray(start, start + size)) ?? assert.fail('above the limit')));
            start += size;
          }
          assert.deepEqual(read, lines);
        },
      ),
    );
  });

  it('refuses a line above the limit, complete or not', () => {
    assert.equal(new LineReader(10).push(Buffer.from(`${'x'.repeat(11)}\n`)), undefined);
    assert.equal(new LineReader(10).push(Buffer.from('x'.repeat(11))), undefined);
    assert.deepEqual(new LineReader(10).push(Buffer.from(`${'x'.repeat(10)}\n`)), ['x'.repeat(10)]);
  });
});
