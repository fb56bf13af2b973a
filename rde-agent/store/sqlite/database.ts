import { backup, DatabaseSync } from 'node:sqlite';
import { CairnError } from '../../protocol/errors.ts';

export type Row = { readonly [column: string]: unknown };

/** The only file that names node:sqlite's classes: they are still being renamed upstream. */
export type Database = DatabaseSync;

export interface OpenOptions {
  readonly readOnly?: boolean;
  /** FULL = each commit is on the disk when acknowledged; OFF = survives the process but not the machine */
  readonly synchronous: 'FULL' | 'OFF';
}

export function openDatabase(path: string, options: OpenOptions): Database {
  const database = new DatabaseSync(path, { readOnly: options.readOnly ?? false, timeout: 5000 });
  if (!(options.readOnly ?? false)) {
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = ${options.synchronous}; PRAGMA wal_autocheckpoint = 0; PRAGMA foreign_keys = ON;`,
    );
  }
  database.exec('PRAGMA cache_size = -4096; PRAGMA temp_store = MEMORY;');
  return database;
}

/** pages of a copy that are written before others have their turn */
const PAGES_AT_ONCE = 256;

/** Copies what is committed to `path`, durable when resolved. Commits go on meanwhile, and those of this connection go into the copy too. */
export async function copyDatabase(database: Database, path: string): Promise<void> {
  await backup(database, path, { rate: PAGES_AT_ONCE });
}

/** Runs `work` in one transaction; an exception rolls everything back and goes on up. */
export function inTransaction<T>(database: Database, work: () => T): T {
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw error;
  }
}

export function userVersion(database: Database): number {
  const row = database.prepare('PRAGMA user_version').get();
  return Number(row?.['user_version'] ?? 0);
}

/** Throws `state-damaged` when pages cannot be read or do not hang together. */
export function assertIntact(database: Database, path: string): void {
  let found: unknown;
  try {
    found = database.prepare('PRAGMA quick_check(1)').get()?.['quick_check'];
  } catch (error) {
    throw toDamaged(path, error);
  }
  if (found !== 'ok') throw toDamaged(path, new Error(String(found)));
}

export function toDamaged(path: string, cause: unknown): CairnError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new CairnError('state-damaged', `The database ${path} is damaged: ${detail}`, { cause });
}

/** Errors of SQLite that tell about the file, not about the statement. */
export function isCorruption(error: unknown): boolean {
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) & 0xff : 0;
  const SQLITE_CORRUPT = 11;
  const SQLITE_NOTADB = 26;
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}
