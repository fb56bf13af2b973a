import { createReadStream, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../../language/model/names.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { Logger } from '../../protocol/logger.ts';
import type { BlobSweep, StoredBlob } from '../store.ts';
import type { Database } from './database.ts';
import type { BlobFolders } from './sqliteBlobs.ts';
import type { TouchedBlobs } from './touchedBlobs.ts';
import type { WriterClient } from './writerClient.ts';
import { findDigests } from '../digests.ts';

/** folders of blobs are named by the first two digits of their digests */
const SHARD = /^[0-9a-f]{2}$/;
const HEX = /^[0-9a-f]{64}$/;

export interface SweepOptions {
  readonly reader: Database;
  readonly writer: WriterClient;
  readonly folders: BlobFolders;
  readonly touched: TouchedBlobs;
  /** blobs whose rows are being deleted: gone for everybody */
  readonly leaving: Set<Digest>;
  /** What is remembered of them is to be forgotten. */
  readonly forget: (digest: Digest) => void;
  readonly logger: Logger;
}

/** Deletes blobs: rows in one transaction, files one by one. After a crash in between there is only less to delete. */
export class SqliteSweep implements BlobSweep {
  readonly #options: SweepOptions;
  readonly #selectAll;
  readonly #selectSize;
  readonly #selectBytes;

  constructor(options: SweepOptions) {
    const { reader } = options;
    this.#options = options;
    this.#selectAll = reader.prepare('SELECT digest, length(bytes) AS size FROM blobs');
    this.#selectSize = reader.prepare('SELECT length(bytes) AS size FROM blobs WHERE digest = ?');
    this.#selectBytes = reader.prepare('SELECT bytes FROM blobs WHERE digest = ?');
  }

  *list(): Iterable<StoredBlob> {
    // All at once: a statement that is read bit by bit would keep one old view of the database open.
    for (const row of this.#selectAll.all()) yield { digest: String(row['digest']) as Digest, bytes: Number(row['size']) };
    const { blobs } = this.#options.folders;
    for (const shard of readdirSync(blobs)
      .filter((name) => SHARD.test(name))
      .sort()) {
      for (const name of readdirSync(join(blobs, shard))
        .filter((each) => HEX.test(each))
        .sort()) {
        const found = statSync(join(blobs, shard, name), { throwIfNoEntry: false });
        if (found !== undefined) yield { digest: `sha256:${name}`, bytes: found.size };
      }
    }
  }

  async references(digest: Digest): Promise<readonly Digest[]> {
    const bytes = this.#selectBytes.get(digest)?.['bytes'];
    if (bytes instanceof Uint8Array) return isJson(bytes) ? findDigests(Buffer.from(bytes).toString('latin1')) : [];
    return readReferences(this.#toPath(this.#options.folders.blobs, digest));
  }

  isTouched(digest: Digest): boolean {
    return this.#options.touched.has(digest);
  }

  remove(digests: readonly Digest[]): Promise<readonly StoredBlob[]> {
    const { touched, leaving } = this.#options;
    const unused = digests.filter((digest) => !touched.has(digest) && !leaving.has(digest));
    const rows = unused.flatMap((digest): readonly StoredBlob[] => {
      const size = this.#selectSize.get(digest)?.['size'];
      return size === undefined ? [] : [{ digest, bytes: Number(size) }];
    });
    for (const { digest } of rows) leaving.add(digest);
    const files = unused.flatMap((digest) => this.#removeFile(digest));
    return this.#removeRows(rows).then(() => [...rows, ...files]);
  }

  async #removeRows(rows: readonly StoredBlob[]): Promise<void> {
    if (rows.length === 0) return;
    const { writer, leaving, folders, forget } = this.#options;
    const drop = rows.map(({ digest }) => digest);
    for (const digest of drop) forget(digest);
    const result = await writer.commit({ appends: [], blobs: [], drop, request: undefined });
    for (const digest of drop) leaving.delete(digest);
    if (result.kind === 'failed') throw new CairnError('store-failed', `Blobs could not be deleted: ${result.message}`);
    for (const digest of drop) this.#discard(this.#toPath(folders.files, digest));
  }

  #removeFile(digest: Digest): readonly StoredBlob[] {
    const path = this.#toPath(this.#options.folders.blobs, digest);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return [];
    this.#options.forget(digest);
    return this.#discard(path) ? [{ digest, bytes: found.size }] : [];
  }

  #discard(path: string): boolean {
    try {
      rmSync(path, { force: true });
      return true;
    } catch (error) {
      // It stays for the next time; nothing refers to it.
      this.#options.logger.warn('A file could not be deleted', { path, error: String(error) });
      return false;
    }
  }

  #toPath(folder: string, digest: Digest): string {
    return join(folder, digest.slice(7, 9), digest.slice(7));
  }
}

/** characters of a digest: as many of one piece are read again with the next */
const LONGEST = 'sha256:'.length + 64;

function isJson(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7b || bytes[0] === 0x5b;
}

/** Piece by piece: such a file can be of any size. */
async function readReferences(path: string): Promise<readonly Digest[]> {
  const found = new Set<Digest>();
  let rest = '';
  try {
    for await (const piece of createReadStream(path, { highWaterMark: 1 << 20 })) {
      const bytes = piece as Buffer;
      if (rest === '' && !isJson(bytes)) return [];
      const text = rest + bytes.toString('latin1');
      for (const digest of findDigests(text)) found.add(digest);
      rest = text.slice(-LONGEST);
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  return [...found];
}
