interface LooseBlob {
  readonly digest: string;
  readonly bytes: Uint8Array;
}

/** Small blobs as one text and one piece of memory: thousands of them go to another thread at once, each by itself for ten times the price. */
export interface PackedBlobs {
  /** separated by spaces */
  readonly digests: string;
  /** where each of them ends in `bytes` */
  readonly ends: Uint32Array;
  readonly bytes: Uint8Array;
}

export function packBlobs(blobs: readonly LooseBlob[]): PackedBlobs | null {
  if (blobs.length === 0) return null;
  // Of no bytes at all there would be no place in memory, which is no empty blob but none.
  const bytes = new Uint8Array(
    Math.max(
      1,
      blobs.reduce((sum, blob) => sum + blob.bytes.length, 0),
    ),
  );
  const ends = new Uint32Array(blobs.length);
  let end = 0;
  for (const [at, blob] of blobs.entries()) {
    bytes.set(blob.bytes, end);
    ends[at] = end += blob.bytes.length;
  }
  return { digests: blobs.map((blob) => blob.digest).join(' '), ends, bytes };
}

export function* unpackBlobs(packed: PackedBlobs | null): Iterable<LooseBlob> {
  if (packed === null) return;
  const { ends, bytes } = packed;
  let begin = 0;
  for (const [at, digest] of packed.digests.split(' ').entries()) {
    const end = ends[at] ?? begin;
    yield { digest, bytes: bytes.subarray(begin, end) };
    begin = end;
  }
}
