import type { Digest } from '../../language/model/names.ts';
import type { Hash } from '../engine/hash.ts';
import type { Trace } from '../protocol/trace.ts';
import { SMALL_BLOB, type BlobStore, type SmallBlob } from '../store/store.ts';
import type { BlobCache } from './blobCache.ts';

/** bytes of traces kept read */
const CAPACITY = 12 * 1024 * 1024;

/** Traces of earlier executions, read once. */
export class Traces {
  readonly #blobs: BlobCache;
  readonly #known = new Map<Digest, { readonly trace: Trace | null; readonly size: number }>();
  #size = 0;

  constructor(blobs: BlobCache) {
    this.#blobs = blobs;
  }

  /** `null` = it is gone, or cannot be read; `undefined` = to be loaded first. */
  known(digest: Digest): Trace | null | undefined {
    return this.#known.get(digest)?.trace;
  }

  /** Never rejects. */
  async load(digest: Digest): Promise<Trace | null> {
    const known = this.known(digest);
    if (known !== undefined) return known;
    const bytes = await this.#blobs.read(digest).catch(() => undefined);
    const trace = bytes === undefined ? null : parseTrace(bytes);
    this.#keep(digest, trace, bytes?.length ?? 0);
    return trace;
  }

  #keep(digest: Digest, trace: Trace | null, size: number): void {
    this.#known.set(digest, { trace, size });
    this.#size += size;
    for (const [oldest, dropped] of this.#known) {
      if (this.#size <= CAPACITY || oldest === digest) return;
      this.#known.delete(oldest);
      this.#size -= dropped.size;
    }
  }
}

/** A trace as its event names it, with what is still to be written in the event's transaction; bigger ones are durable already. */
export interface StoredTrace {
  readonly digest: Digest;
  readonly outside: boolean;
  readonly blobs: readonly SmallBlob[];
}

/** `text` = its canonical JSON. */
export async function storeTrace(trace: Trace, text: string, hash: Hash, blobs: BlobStore): Promise<StoredTrace> {
  const bytes = new TextEncoder().encode(text);
  const digest = hash(bytes);
  const isSmall = bytes.length <= SMALL_BLOB;
  if (!isSmall) await blobs.put(bytes);
  return { digest, outside: Object.keys(trace.outside).length > 0, blobs: isSmall ? [{ digest, bytes }] : [] };
}

function parseTrace(bytes: Uint8Array): Trace | null {
  try {
    // Checked when the runner told it, and held to its digest since: only its form may be another one.
    const trace = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Trace;
    return Number(trace.v) === 1 ? trace : null;
  } catch {
    // Not what was written: as good as no trace.
    return null;
  }
}
