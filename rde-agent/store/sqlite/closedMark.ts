import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Present while the last use has not ended cleanly. */
const UNCLEAN = 'unclean';
/** What the database looked like when its last use ended cleanly. */
const CLOSED = 'closed';
/** content of UNCLEAN while the last use is ending: the write-ahead log may be gone already */
const ENDING = 'ending';

/** What the last use of a state folder left behind. */
export interface LastUse {
  /** all pages are to be checked: it did not end cleanly, or something else has changed the database since */
  readonly needsCheck: boolean;
  /** the last use was cut short, so that there must be a write-ahead log, with what was acknowledged last */
  readonly needsLog: boolean;
}

export function readLastUse(folder: string, database: string): LastUse {
  const unclean = join(folder, UNCLEAN);
  if (!existsSync(database)) return { needsCheck: false, needsLog: false };
  if (existsSync(unclean)) return { needsCheck: true, needsLog: readFileSync(unclean, 'utf8') !== ENDING };
  const closed = join(folder, CLOSED);
  return { needsCheck: !existsSync(closed) || readFileSync(closed, 'utf8') !== toStamp(database), needsLog: false };
}

export function markInUse(folder: string): void {
  writeFileSync(join(folder, UNCLEAN), '');
}

export function markEnding(folder: string): void {
  writeFileSync(join(folder, UNCLEAN), ENDING);
}

export function markClosed(folder: string, database: string): void {
  writeFileSync(join(folder, CLOSED), toStamp(database));
  rmSync(join(folder, UNCLEAN), { force: true });
}

function toStamp(path: string): string {
  const { size, mtimeNs } = statSync(path, { bigint: true });
  return `${String(size)}:${String(mtimeNs)}`;
}
