import assert from 'node:assert/strict';
import { packBlobs, unpackBlobs } from '../../../../../rde-agent/store/sqlite/packedBlobs.ts';

describe('blobs on their way to the writer thread', () => {
  it('come out as they went in, empty ones too', () => {
    const blobs = ['one', '', 'three'].map((text) => ({ digest: `sha256:${text}`, bytes: new Uint8Array(Buffer.from(text)) }));
    const unpacked = [...unpackBlobs(structuredClone(packBlobs(blobs)))];
    assert.deepEqual(
      unpacked.map(({ digest, bytes }) => [digest, Buffer.from(bytes).toString()]),
      [
        ['sha256:one', 'one'],
        ['sha256:', ''],
        ['sha256:three', 'three'],
      ],
    );
  });

  it('are nothing where there are none', () => {
    assert.deepEqual([...unpackBlobs(packBlobs([]))], []);
  });
});
