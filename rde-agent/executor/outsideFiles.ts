import { readdirSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { BigIntStats } from 'node:fs';
import type { Hash } from '../engine/hash.ts';

/** A digest (for a path that ends in `/`, of the names in that folder), `folder`, `other` (a device, a socket: never the same), or null = nothing is there. */
export type OutsideContent = string | null;

/** paths remembered */
const KNOWN = 4096;
/** bytes of one file; a bigger one cannot be looked at before every reuse */
const LARGEST = 256 * 1024 * 1024;
/** seconds for which what was just read counts though its stamp cannot be relied on: long enough to decide what it was read for */
const FRESH = 0.2;
/** nanoseconds: a file that was written this shortly before it was read may be written again within the same stamp */
const RACY = 2_000_000_000n;

interface Seen {
  readonly stamp: string;
  readonly content: OutsideContent;
  /** monotonic seconds of the reading */
  readonly at: number;
  /** its stamp can be relied on */
  readonly settled: boolean;
}

/** Files that tasks have read outside of everything declared, as they are now: read once for each of their stamps. */
export class OutsideFiles {
  readonly #hash: Hash;
  readonly #seen = new Map<string, Seen>();

  constructor(hash: Hash) {
    this.#hash = hash;
  }

  /** `undefined` = it has to be read first. */
  look(path: string): OutsideContent | undefined {
    const stat = toStat(path);
    if (stat === null) return null;
    if (stat.isDirectory()) return path.endsWith('/') ? this.#list(path) : 'folder';
    if (!stat.isFile()) return 'other';
    const seen = this.#seen.get(path);
    if (seen === undefined) return undefined;
    // In /proc nothing has a size, and stamps change with every look.
    const isSame = seen.stamp === toStamp(stat) || stat.size === 0n;
    return isSame && (seen.settled || performance.now() / 1000 - seen.at < FRESH) ? seen.content : undefined;
  }

  /** Digest of a folder's names, each ended by a line break, in the order of their bytes. */
  #list(path: string): OutsideContent {
    try {
      const names = readdirSync(path, { encoding: 'buffer' }).sort((a, b) => Buffer.compare(a, b));
      return this.#hash(Buffer.concat(names.flatMap((name) => [name, Buffer.from('\n')])));
    } catch {
      // Not for us to list: then it is not known to have the same names.
      return 'other';
    }
  }

  /** What cannot be read is `other`. Never rejects. */
  async read(path: string): Promise<void> {
    const stat = toStat(path);
    if (stat?.isFile() !== true) return;
    const began = BigInt(Date.now()) * 1_000_000n;
    const content = await this.#digest(path, stat);
    const after = toStat(path);
    const settled = after !== null && toStamp(after) === toStamp(stat) && stat.size > 0n && began - stat.mtimeNs > RACY;
    if (this.#seen.size >= KNOWN) this.#seen.clear();
    this.#seen.set(path, { stamp: toStamp(stat), content, at: performance.now() / 1000, settled });
  }

  async #digest(path: string, stat: BigIntStats): Promise<OutsideContent> {
    if (stat.size > BigInt(LARGEST)) return 'other';
    try {
      return this.#hash(await readFile(path));
    } catch {
      // No longer there, or not for us: then it is nothing that an earlier execution could have read the same.
      return 'other';
    }
  }
}

function toStat(path: string): BigIntStats | null {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false }) ?? null;
  } catch {
    // Not to be looked at (a file in place of a folder, a loop of links, no permission): as if nothing were there.
    return null;
  }
}

function toStamp(stat: BigIntStats): string {
  return `${stat.dev} ${stat.ino} ${stat.size} ${stat.mtimeNs} ${stat.ctimeNs}`;
}
