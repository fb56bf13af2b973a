import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { isDigest } from '../../language/model/names.ts';
import { toDigest } from './digest.ts';
import { type FileNode, type FolderNode, joinPath, splitPath, walkFiles } from './folderNode.ts';

/** One line: path, disk name, mtime, ctime, size, inode, mode, digest. */
type Row = readonly [string, string, string, string, number, string, number, string];

/** What is remembered between two lives of the agent: path → node. Only settled files are in it. */
export type StatCache = ReadonlyMap<string, FileNode>;

/**
 * Reads the cache of a workspace. It is only a saving: absent, damaged (its first line is the digest of the rest), of another
 * version or of another root, it is empty and everything is hashed again.
 */
export function readStatCache(file: string, root: string): StatCache {
  const cache = new Map<string, FileNode>();
  const text = readText(file);
  const cut = text.indexOf('\n');
  if (cut < 0 || text.slice(0, cut) !== toDigest(text.slice(cut + 1))) return cache;
  const parsed: unknown = JSON.parse(text.slice(cut + 1));
  if (!isCacheBody(parsed) || parsed.v !== 1 || parsed.root !== root) return cache;
  for (const row of parsed.files) {
    const [at, disk, mtimeNs, ctimeNs, size, inode, mode, digest] = row;
    if (!isDigest(digest)) continue;
    const stat = { mtimeNs: BigInt(mtimeNs), ctimeNs: BigInt(ctimeNs), size, inode: BigInt(inode), mode };
    cache.set(at, { name: splitPath(at)[1], disk, digest, stat, settled: true });
  }
  return cache;
}

export function writeStatCache(file: string, root: string, folder: FolderNode): void {
  const files: Row[] = [];
  for (const { path: at, file: node } of walkFiles(folder)) {
    if (!node.settled) continue;
    const { stat } = node;
    files.push([at, node.disk, String(stat.mtimeNs), String(stat.ctimeNs), stat.size, String(stat.inode), stat.mode, node.digest]);
  }
  const body = JSON.stringify({ v: 1, root, files });
  mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const temporary = joinPath(path.dirname(file), `.${path.basename(file)}.${process.pid}`);
  writeFileSync(temporary, `${toDigest(body)}\n${body}`, { mode: 0o600 });
  renameSync(temporary, file);
}

interface CacheBody {
  readonly v: unknown;
  readonly root: unknown;
  readonly files: readonly Row[];
}

/** The digest above the body vouches for its inner shape: we wrote it. */
function isCacheBody(value: unknown): value is CacheBody {
  return typeof value === 'object' && value !== null && 'v' in value && 'root' in value && 'files' in value && Array.isArray(value.files);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Not there yet, or unreadable: both mean "no cache".
    return '';
  }
}
