import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Digest } from '../../language/model/names.ts';
import { CairnError } from '../protocol/errors.ts';

/** What a stream has left on disk. */
export interface ContentFile {
  readonly path: string;
  readonly digest: Digest;
  readonly bytes: number;
}

/** bytes that one dataset may have on its way; a bigger one is refused before it fills the disk */
export const MAX_CONTENT = 64 * 1024 ** 3;

/**
 * Streams into a new file of the folder, hashing on the way. Rejects with `limit-exceeded` above `limit` bytes, and with whatever the stream
 * failed with; nothing of the file is left then.
 */
export async function toContentFile(content: Readable, folder: string, signal: AbortSignal, limit = MAX_CONTENT): Promise<ContentFile> {
  const path = join(folder, `content-${crypto.randomUUID()}`);
  const hash = createHash('sha256');
  let bytes = 0;
  const measure = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of chunks) {
      bytes += chunk.length;
      if (bytes > limit) throw new CairnError('limit-exceeded', `the content has more than ${String(limit)} bytes`);
      hash.update(chunk);
      yield chunk;
    }
  };
  try {
    await pipeline(content, measure, createWriteStream(path, { flags: 'wx', mode: 0o600 }), { signal });
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  return { path, digest: `sha256:${hash.digest('hex')}`, bytes };
}
