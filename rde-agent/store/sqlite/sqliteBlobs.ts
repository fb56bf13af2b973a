import { existsSync, statSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import type { Digest } from '../../../language/model/names.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { Logger } from '../../protocol/logger.ts';
import { SMALL_BLOB, type BlobStore } from '../store.ts';
import type { Database } from './database.ts';
import { moveDurably, toFileDigest, writeAtomically } from './durableFile.ts';
import type { WriterClient } from './writerClient.ts';

export interface BlobFolders {
  /** big blobs: truth */
  readonly blobs: string;
  /** files of small blobs, for tasks: can be deleted */
  readonly files: string;
}

/** Small blobs are rows (they share the transaction of the request that brings them), big ones are read-only files. */
export class SqliteBlobs implements BlobStore {
  readonly #writer: WriterClient;
  readonly #folders: BlobFolders;
  readonly #logger: Logger;
  readonly #selectSize;
  readonly #selectBytes;
  /** Files for tasks that this process wrote or verified, as they were then: a task with the right to can write into them. */
  readonly #verified = new Map<Digest, string>();

  constructor(reader: Database, writer: WriterClient, folders: BlobFolders, logger: Logger) {
    this.#writer = writer;
    this.#folders = folders;
    this.#logger = logger;
    this.#selectSize = reader.prepare('SELECT length(bytes) AS size FROM blobs WHERE digest = ?');
    this.#selectBytes = reader.prepare('SELECT bytes FROM blobs WHERE digest = ?');
  }

  has(digest: Digest): boolean {
    return this.#selectSize.get(digest) !== undefined || existsSync(this.#bigPath(digest));
  }

  size(digest: Digest): number | undefined {
    const row = this.#selectSize.get(digest);
    if (row !== undefined) return Number(row['size']);
    return statSync(this.#bigPath(digest), { throwIfNoEntry: false })?.size;
  }

  async read(digest: Digest): Promise<Uint8Array | undefined> {
    const small = this.#readSmall(digest);
    const bytes = small ?? (await this.#readBig(digest));
    if (bytes === undefined || toDigest(bytes) === digest) return bytes;
    await (small === undefined ? this.#quarantineFile(digest) : this.#dropRow(digest));
    return undefined;
  }

  async put(bytes: Uint8Array): Promise<Digest> {
    const digest = toDigest(bytes);
    if (this.has(digest)) return digest;
    if (bytes.byteLength > SMALL_BLOB) {
      await this.#storing(() => writeAtomically(this.#bigPath(digest), bytes, true));
      return digest;
    }
    const result = await this.#writer.commit({ appends: [], blobs: [{ digest, bytes }], drop: [], request: undefined });
    if (result.kind === 'failed') throw new CairnError('store-failed', `A blob could not be written: ${result.message}`);
    return digest;
  }

  async adopt(path: string, digest: Digest): Promise<void> {
    const found = await toFileDigest(path);
    if (found !== digest) throw new CairnError('invalid-request', `The file has digest ${found}, not the ${digest} that was named`);
    if (!existsSync(this.#bigPath(digest))) await this.#storing(() => moveDurably(path, this.#bigPath(digest)));
  }

  async toPath(digest: Digest): Promise<string> {
    const big = this.#bigPath(digest);
    if (existsSync(big)) return this.#verifiedPath(big, digest, () => this.#quarantineFile(digest));
    const path = join(this.#folders.files, digest.slice(7, 9), digest.slice(7));
    if (this.#isVerified(path, digest)) return path;
    const bytes = await this.read(digest);
    if (bytes === undefined) throw new CairnError('unknown-blob', `${digest} is not in the store`);
    await writeAtomically(path, bytes, false);
    this.#verified.set(digest, toStamp(path));
    return path;
  }

  async #verifiedPath(path: string, digest: Digest, quarantine: () => Promise<void>): Promise<string> {
    if (this.#isVerified(path, digest)) return path;
    const stamp = toStamp(path);
    if ((await toFileDigest(path)) !== digest) {
      await quarantine();
      throw new CairnError('unknown-blob', `${digest} was damaged and has been set aside`);
    }
    this.#verified.set(digest, stamp);
    return path;
  }

  #isVerified(path: string, digest: Digest): boolean {
    const stamp = this.#verified.get(digest);
    return stamp !== undefined && stamp === toStamp(path);
  }

  #readSmall(digest: Digest): Uint8Array | undefined {
    const bytes = this.#selectBytes.get(digest)?.['bytes'];
    return bytes instanceof Uint8Array ? bytes : undefined;
  }

  async #readBig(digest: Digest): Promise<Uint8Array | undefined> {
    const path = this.#bigPath(digest);
    return existsSync(path) ? readFile(path) : undefined;
  }

  async #quarantineFile(digest: Digest): Promise<void> {
    this.#logger.error('A blob is damaged and was set aside', { digest });
    this.#verified.delete(digest);
    const folder = join(this.#folders.blobs, 'quarantine');
    await mkdir(folder, { recursive: true });
    await rename(this.#bigPath(digest), join(folder, digest.slice(7)));
  }

  async #dropRow(digest: Digest): Promise<void> {
    this.#logger.error('A blob is damaged and was removed', { digest });
    await this.#writer.commit({ appends: [], blobs: [], drop: [digest], request: undefined });
  }

  async #storing(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new CairnError('store-failed', `A blob could not be written: ${message}`, { cause: error });
    }
  }

  #bigPath(digest: Digest): string {
    return join(this.#folders.blobs, digest.slice(7, 9), digest.slice(7));
  }
}

function toDigest(bytes: Uint8Array): Digest {
  return `sha256:${hash('sha256', bytes, 'hex')}`;
}

/** Tells whether a file is still the one that was looked at; links to it change nothing. */
function toStamp(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino}:${stat.size}:${stat.mtimeNs}`;
}
