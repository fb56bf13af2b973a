import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createRing } from '../../../../rde-agent/server/ring.ts';

describe('server/ring', () => {
  it('answers exactly what is missing, or says that it does not know', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 100 }),
        fc.integer({ min: 0, max: 120 }),
        fc.integer({ min: 0, max: 5 }),
        (limit, count, from, start) => {
          const ring = createRing<number>(limit, start);
          for (let seq = start + 1; seq <= start + count; seq += 1) ring.push(seq);
          assert.equal(ring.seq, start + count);
          const missing = ring.after(from);
          if (missing === undefined) assert.ok(from > ring.seq || from < start || ring.seq - from > limit);
          else
            assert.deepEqual(
              missing,
              Array.from({ length: ring.seq - from }, (_, index) => from + index + 1),
            );
        },
      ),
    );
  });
});
