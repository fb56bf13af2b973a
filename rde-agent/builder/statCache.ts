import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { Digest } from '../../language/model/names.ts';
import { toDigest } from './digest.ts';
import type { FileNode, FolderNode } from './folderNode.ts';

/**
 * What is remembered of a tree between two lives of the agent, as columns: a start reads it whole, and a parser is several times faster
 * at a few long lists than at many short rows. Folders come before those inside them; files lie in the order of their folders.
 */
interface Columns {
  readonly v: typeof VERSION;
  readonly root: string;
  /** names as the disk has them; the first is the root and has none */
  readonly folders: string[];
  /** position of the folder that each is in; -1 = none */
  readonly parents: number[];
  /** digests of folders in which everything was settled, `''` = the others */
  readonly digests: (Digest | '')[];
  /** number of the files of each folder, those of deeper folders not counted */
  readonly counts: number[];
  /** names of files as the disk has them */
  readonly files: string[];
  readonly contents: Digest[];
  readonly sizes: number[];
  readonly modes: number[];
  /** of each file mtime, ctime (nanoseconds) and inode as 64-bit numbers of this machine, base64 */
  readonly stats: string;
}

const VERSION = 2;
/** 64-bit numbers of one file in `stats` */
const NUMBERS = 3;

/**
 * Puts what is remembered of a workspace below `top`, an empty root: files with settled stats alone, and not one of them is believed
 * before it was looked at. It is only a saving: absent, damaged (its first line is the digest of the rest), of another version or of
 * another root, nothing is put there and everything is hashed again.
 */
export function restoreTree(file: string, root: string, top: FolderNode): void {
  const text = readText(file);
  const cut = text.indexOf('\n');
  const body = text.slice(cut + 1);
  if (cut < 0 || text.slice(0, cut) !== toDigest(body)) return;
  const parsed: unknown = JSON.parse(body);
  if (!isColumns(parsed) || parsed.root !== root) return;
  const numbers = new BigUint64Array(new Uint8Array(Buffer.from(parsed.stats, 'base64')).buffer);
  const nodes: FolderNode[] = [];
  let position = 0;
  for (const [at, disk] of parsed.folders.entries()) {
    const folder = nodes[parsed.parents[at] ?? -1]?.addFolder(disk) ?? top;
    nodes.push(folder);
    const end = position + (parsed.counts[at] ?? 0);
    for (; position < end; position += 1) folder.restoreFile(toFile(parsed, numbers, position));
  }
  // From the deepest up: what a folder counts is what those inside it have counted.
  for (let at = nodes.length - 1; at >= 0; at -= 1) nodes[at]?.restoreDigest(parsed.digests[at] || undefined);
}

function toFile({ files, contents, sizes, modes }: Columns, numbers: BigUint64Array, at: number): FileNode {
  const disk = files[at] ?? '';
  const toNumber = (which: number): bigint => numbers[at * NUMBERS + which] ?? 0n;
  const stat = { mtimeNs: toNumber(0), ctimeNs: toNumber(1), size: sizes[at] ?? 0, inode: toNumber(2), mode: modes[at] ?? 0 };
  return { name: disk.normalize('NFC'), disk, digest: contents[at] ?? 'sha256:', stat, settled: true };
}

export function writeStatCache(file: string, root: string, top: FolderNode): void {
  const body = JSON.stringify(toColumns(root, top));
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}`);
  writeFileSync(temporary, `${toDigest(body)}\n${body}`, { mode: 0o600 });
  renameSync(temporary, file);
}

function toColumns(root: string, top: FolderNode): Columns {
  const columns: Omit<Columns, 'stats'> = {
    ...{ v: VERSION, root, folders: [], parents: [], digests: [], counts: [] },
    ...{ files: [], contents: [], sizes: [], modes: [] },
  };
  const numbers: bigint[] = [];
  const add = (folder: FolderNode, parent: number): boolean => {
    const at = columns.folders.push(folder.disk) - 1;
    const settled = [...folder.files.values()].filter((node) => node.settled);
    columns.parents.push(parent);
    columns.counts.push(settled.length);
    columns.digests.push('');
    for (const { disk, digest, stat } of settled) {
      columns.files.push(disk);
      columns.contents.push(digest);
      columns.sizes.push(stat.size);
      columns.modes.push(stat.mode);
      numbers.push(stat.mtimeNs, stat.ctimeNs, stat.inode);
    }
    let isWhole = settled.length === folder.files.size;
    for (const inner of folder.folders.values()) isWhole = add(inner, at) && isWhole;
    if (isWhole) columns.digests[at] = folder.knownDigest ?? '';
    return isWhole;
  };
  add(top, -1);
  return { ...columns, stats: Buffer.from(BigUint64Array.from(numbers).buffer).toString('base64') };
}

/** The digest above the body vouches for its inner shape: this version wrote it. */
function isColumns(value: unknown): value is Columns {
  return typeof value === 'object' && value !== null && 'v' in value && value.v === VERSION;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Not there yet, or unreadable: both mean "no cache".
    return '';
  }
}
