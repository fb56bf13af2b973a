import assert from 'node:assert/strict';
import { BlobArena } from '../../../../rde-agent/executor/blobArena.ts';

describe('copies of small blobs', () => {
  it('have the bytes of their originals, whatever becomes of these, and share pieces of memory', () => {
    const arena = new BlobArena();
    const pool = Buffer.alloc(65_536);
    const copies = Array.from({ length: 3000 }, (_, number) => {
      const bytes = pool.subarray(0, pool.write(`number ${String(number)}`));
      return arena.own({ digest: `sha256:${'0'.repeat(64)}`, bytes });
    });
    pool.fill(0);
    copies.forEach(({ bytes }, number) => assert.equal(Buffer.from(bytes).toString(), `number ${String(number)}`));
    assert.ok(new Set(copies.map(({ bytes }) => bytes.buffer)).size < 5);
  });

  it('are themselves where nobody shares their memory, and alone where they are bigger', () => {
    const arena = new BlobArena();
    const own = { digest: `sha256:${'0'.repeat(64)}`, bytes: new Uint8Array(3) } as const;
    assert.equal(arena.own(own), own);
    const bigger = arena.own({ ...own, bytes: Buffer.alloc(8192).subarray(0, 2000) });
    assert.equal(bigger.bytes.buffer.byteLength, 2000);
  });
});
