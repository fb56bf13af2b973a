import { existsSync, renameSync, rmSync } from 'node:fs';
import { CairnError } from '../../protocol/errors.ts';
import { inTransaction, userVersion, type Database } from './database.ts';

/** Steps of the schema of `events.db`, oldest first; the database's user_version counts those applied. Never edit one: add. */
const STEPS: readonly string[] = [
  `CREATE TABLE events (
     position INTEGER PRIMARY KEY,
     stream TEXT NOT NULL, seq INTEGER NOT NULL, type TEXT NOT NULL, version INTEGER NOT NULL,
     at TEXT NOT NULL, by TEXT NOT NULL, tenant TEXT NOT NULL, domain TEXT NOT NULL, payload TEXT NOT NULL,
     UNIQUE (stream, seq)
   ) STRICT;
   CREATE TABLE blobs (digest TEXT NOT NULL UNIQUE, bytes BLOB NOT NULL) STRICT;
   CREATE TABLE requests (key TEXT NOT NULL UNIQUE, body TEXT NOT NULL, response TEXT NOT NULL) STRICT;`,
];

/**
 * Brings `events.db` to this program's schema. A newer one is refused with `state-newer` and left untouched; before an older
 * one is changed, a backup is written beside it. `steps` are those of this program but in tests.
 */
export function migrate(database: Database, path: string, steps: readonly string[] = STEPS): void {
  const version = userVersion(database);
  if (version > steps.length) {
    throw new CairnError('state-newer', `${path} has schema ${version}; this version of Cairn knows ${steps.length}`);
  }
  if (version === steps.length) return;
  if (version > 0) saveBefore(database, `${path}.schema${version}.backup`);
  inTransaction(database, () => {
    for (const step of steps.slice(version)) database.exec(step);
    database.exec(`PRAGMA user_version = ${steps.length}`);
  });
}

/** Whole or not there: a copy that a crash has cut short is made again. */
function saveBefore(database: Database, to: string): void {
  if (existsSync(to)) return;
  const part = `${to}.part`;
  rmSync(part, { force: true });
  database.prepare('VACUUM INTO ?').run(part);
  renameSync(part, to);
}
