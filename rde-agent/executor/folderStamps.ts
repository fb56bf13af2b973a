import { existsSync, lstatSync, readdirSync, type BigIntStats } from 'node:fs';
import { join } from 'node:path';

/** What each file of a folder looked like when it was laid out, by relative path. */
export type FolderStamps = ReadonlyMap<string, string>;

/** Python writes compiled code beside the source in processes that a task starts; it checks it against the source itself. */
const COMPILED = '__pycache__';
/** files looked at before other work gets its turn */
const AT_ONCE = 512;

export function toStamps(root: string, paths: readonly string[]): FolderStamps {
  return new Map(paths.map((path) => [path, toStamp(lstatSync(join(root, path), { bigint: true, throwIfNoEntry: false }))]));
}

/** Relative paths that were written, removed or added since. A folder that was added is named, not what is in it. */
export async function listChanges(root: string, stamps: FolderStamps): Promise<readonly string[]> {
  const changed: string[] = [];
  let looked = 0;
  for (const [path, stamp] of stamps) {
    if (toStamp(lstatSync(join(root, path), { bigint: true, throwIfNoEntry: false })) !== stamp) changed.push(path);
    if (++looked % AT_ONCE === 0) await new Promise(setImmediate);
  }
  const folders = toFolders(stamps);
  for (const folder of folders) {
    // A folder that is gone has been told by its files.
    if (!existsSync(join(root, folder))) continue;
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const isOurs = entry.isDirectory() ? folders.has(path) || entry.name === COMPILED : stamps.has(path);
      if (!isOurs && !changed.includes(path)) changed.push(path);
    }
  }
  return changed;
}

/** Every folder above a file, the root as ''. */
function toFolders(stamps: FolderStamps): ReadonlySet<string> {
  const folders = new Set(['']);
  for (const path of stamps.keys()) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) folders.add(path.slice(0, end));
  }
  return folders;
}

/** Links to a file change neither its content nor its time of writing. */
function toStamp(stat: BigIntStats | undefined): string {
  return stat === undefined ? 'absent' : `${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.isFile()}`;
}
