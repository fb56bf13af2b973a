import assert from 'node:assert/strict';
import { interleaveMany } from '../../../support/garbageInterleavings.ts';

/** Those of every change; `test/agent/faults/garbage.test.ts` has many more. */
const INTERLEAVINGS = 3000;

describe('garbage collection beside runs, pushes and tag moves', function () {
  this.timeout(60_000);

  it(`removes nothing that is needed in ${String(INTERLEAVINGS)} interleavings`, async () => {
    const seed = Number(process.env['CAIRN_SEED'] ?? 20_261_121);
    const { collected, reused } = await interleaveMany(seed, INTERLEAVINGS);
    // Otherwise nothing was put to the test.
    assert.ok(collected > INTERLEAVINGS && reused > INTERLEAVINGS / 4, `${String(collected)} ${String(reused)}`);
  });
});
