import { existsSync, rmSync, statSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { hash } from 'node:crypto';
import { join } from 'node:path';
import type { Digest } from '../../../language/model/names.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { Faults } from '../../protocol/faults.ts';
import type { Logger } from '../../protocol/logger.ts';
import { SMALL_BLOB, type BlobCondition, type BlobStore, type ExpectedBlob } from '../store.ts';
import type { Database } from './database.ts';
import { moveDurably, toFileDigest, writeAtomically, type Way } from './durableFile.ts';
import type { TouchedBlobs } from './touchedBlobs.ts';
import type { WriterClient } from './writerClient.ts';

export interface BlobFolders {
  /** big blobs: truth */
  readonly blobs: string;
  /** files of small blobs, for tasks: can be deleted */
  readonly files: string;
}

/** folder of what was damaged, below that of the blobs */
const QUARANTINE = 'quarantine';
/** folder of what has no name yet */
const INCOMING = 'incoming';
/** rows remembered as verified */
const KNOWN_ROWS = 100_000;
/** rows that are sought one by one before the names of all are read at once */
const ONE_BY_ONE = 256;

/** Small blobs are rows (they share the transaction of the request that brings them), big ones are read-only files. */
export class SqliteBlobs implements BlobStore {
  readonly #writer: WriterClient;
  readonly #folders: BlobFolders;
  readonly #logger: Logger;
  readonly #selectSize;
  readonly #selectBytes;
  readonly #selectNames;
  /** Files for tasks that this process wrote or verified, as they were then: a task with the right to can write into them. */
  readonly #verified = new Map<Digest, string>();
  /** rows that this process has verified: nobody but this agent writes to them while it runs */
  readonly #soundRows = new Set<Digest>();
  /** rows that are there, verified or not */
  readonly #rows = new Set<Digest>();
  #sought = 0;
  readonly #way: Way;
  readonly #touched: TouchedBlobs;
  /** blobs whose rows are being deleted: see `SqliteSweep` */
  readonly leaving = new Set<Digest>();

  constructor(reader: Database, writer: WriterClient, folders: BlobFolders, touched: TouchedBlobs, logger: Logger, faults?: Faults) {
    this.#writer = writer;
    this.#touched = touched;
    this.#way = { incoming: join(folders.blobs, INCOMING), faults };
    // What a dead agent was in the middle of has no name, and nobody refers to it.
    for (const folder of Object.values(folders) as readonly string[]) rmSync(join(folder, INCOMING), { recursive: true, force: true });
    this.#folders = folders;
    this.#logger = logger;
    this.#selectSize = reader.prepare('SELECT length(bytes) AS size FROM blobs WHERE digest = ?');
    this.#selectBytes = reader.prepare('SELECT bytes FROM blobs WHERE digest = ?');
    this.#selectNames = reader.prepare('SELECT digest FROM blobs LIMIT ?');
  }

  touch(digest: Digest): void {
    this.#touched.add(digest);
  }

  /** What is known of a blob that is deleted counts no more. */
  forget(digest: Digest): void {
    this.#verified.delete(digest);
    this.#soundRows.delete(digest);
    this.#rows.delete(digest);
  }

  has(digest: Digest): boolean {
    this.touch(digest);
    if (this.#rows.has(digest) && !this.leaving.has(digest)) return true;
    this.#sought += 1;
    if (this.#sought === ONE_BY_ONE) this.#readNames();
    if (this.#sizeOfRow(digest) === undefined) return existsSync(this.#bigPath(digest));
    if (this.#rows.size >= KNOWN_ROWS) this.#rows.clear();
    this.#rows.add(digest);
    return true;
  }

  /** A new process asks about the content of ten thousand results at its first plan. */
  #readNames(): void {
    for (const { digest } of this.#selectNames.all(KNOWN_ROWS)) this.#rows.add(String(digest) as Digest);
  }

  size(digest: Digest): number | undefined {
    this.touch(digest);
    return this.#sizeOfRow(digest) ?? statSync(this.#bigPath(digest), { throwIfNoEntry: false })?.size;
  }

  check(digest: Digest, { bytes, at }: ExpectedBlob): BlobCondition {
    this.touch(digest);
    if (this.#soundRows.has(digest)) return 'sound';
    const row = this.#readSmall(digest);
    if (row !== undefined) return this.#checkRow(digest, row);
    const path = this.#bigPath(digest);
    const found = statSync(path, { throwIfNoEntry: false });
    if (found === undefined) return 'missing';
    const isAsExpected = found.mtimeMs <= Date.parse(at) && (bytes === null || found.size === bytes);
    return isAsExpected || this.#isVerified(path, digest) ? 'sound' : 'doubtful';
  }

  async verify(digest: Digest): Promise<boolean> {
    this.touch(digest);
    const path = this.#bigPath(digest);
    if (!existsSync(path)) return (await this.read(digest)) !== undefined;
    try {
      await this.#verifiedPath(path, digest, () => this.#quarantineFile(digest));
      return true;
    } catch (error) {
      if (error instanceof CairnError && error.code === 'unknown-blob') return false;
      throw error;
    }
  }

  isSetAside(digest: Digest): boolean {
    return existsSync(this.#toSetAside(digest));
  }

  async read(digest: Digest): Promise<Uint8Array | undefined> {
    this.touch(digest);
    const small = this.#readSmall(digest);
    const bytes = small ?? (await this.#readBig(digest));
    if (bytes === undefined || toDigest(bytes) === digest) return bytes;
    await (small === undefined ? this.#quarantineFile(digest) : this.#quarantineRow(digest, small));
    return undefined;
  }

  async put(bytes: Uint8Array): Promise<Digest> {
    const digest = toDigest(bytes);
    this.touch(digest);
    if (await this.#hasSound(digest)) return digest;
    if (bytes.byteLength > SMALL_BLOB) {
      await this.#storing(() => writeAtomically(this.#bigPath(digest), bytes, true, this.#way));
      return digest;
    }
    const result = await this.#writer.commit({ appends: [], blobs: [{ digest, bytes }], drop: [], request: undefined });
    if (result.kind === 'failed') throw new CairnError('store-failed', `A blob could not be written: ${result.message}`);
    return digest;
  }

  async adopt(path: string, digest: Digest): Promise<void> {
    const found = await toFileDigest(path);
    this.touch(digest);
    if (found !== digest) throw new CairnError('invalid-request', `The file has digest ${found}, not the ${digest} that was named`);
    // A damaged one would be kept, and the good bytes that were just made be dropped.
    if (existsSync(this.#bigPath(digest)) && (await this.verify(digest))) return;
    await this.#storing(() => moveDurably(path, this.#bigPath(digest), this.#way));
  }

  async toPath(digest: Digest): Promise<string> {
    this.touch(digest);
    const big = this.#bigPath(digest);
    if (existsSync(big)) return this.#verifiedPath(big, digest, () => this.#quarantineFile(digest));
    const path = join(this.#folders.files, digest.slice(7, 9), digest.slice(7));
    if (this.#isVerified(path, digest)) return path;
    const bytes = await this.read(digest);
    if (bytes === undefined) throw new CairnError('unknown-blob', `${digest} is not in the store`);
    await writeAtomically(path, bytes, false, { incoming: join(this.#folders.files, INCOMING), faults: undefined });
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

  #checkRow(digest: Digest, bytes: Uint8Array): BlobCondition {
    if (toDigest(bytes) !== digest) return 'doubtful';
    if (this.#soundRows.size >= KNOWN_ROWS) this.#soundRows.clear();
    this.#soundRows.add(digest);
    return 'sound';
  }

  async #hasSound(digest: Digest): Promise<boolean> {
    if (existsSync(this.#bigPath(digest))) return this.verify(digest);
    return this.#sizeOfRow(digest) !== undefined;
  }

  #sizeOfRow(digest: Digest): number | undefined {
    const size = this.leaving.has(digest) ? undefined : this.#selectSize.get(digest)?.['size'];
    return size === undefined ? undefined : Number(size);
  }

  #isVerified(path: string, digest: Digest): boolean {
    const stamp = this.#verified.get(digest);
    return stamp !== undefined && stamp === toStamp(path);
  }

  #readSmall(digest: Digest): Uint8Array | undefined {
    if (this.leaving.has(digest)) return undefined;
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
    try {
      await rename(this.#bigPath(digest), await this.#toQuarantine(digest));
    } catch (error) {
      // Another reader has set it aside at the same moment.
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
    }
  }

  async #quarantineRow(digest: Digest, bytes: Uint8Array): Promise<void> {
    this.#logger.error('A blob is damaged and was set aside', { digest });
    this.#soundRows.delete(digest);
    this.#rows.delete(digest);
    await writeFile(await this.#toQuarantine(digest), bytes);
    await this.#writer.commit({ appends: [], blobs: [], drop: [digest], request: undefined });
  }

  async #toQuarantine(digest: Digest): Promise<string> {
    await mkdir(join(this.#folders.blobs, QUARANTINE), { recursive: true });
    return this.#toSetAside(digest);
  }

  #toSetAside(digest: Digest): string {
    return join(this.#folders.blobs, QUARANTINE, digest.slice(7));
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
/** The time of the inode too: whoever writes can set the other one back. */
function toStamp(path: string): string {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? '' : `${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
}
