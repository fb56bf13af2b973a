import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../../language/model/names.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { Faults } from '../../protocol/faults.ts';
import type { Logger } from '../../protocol/logger.ts';
import type { Store } from '../store.ts';
import { markClosed, markEnding, markInUse, readLastUse } from './closedMark.ts';
import { toDeadly } from './deadly.ts';
import { isCorruption, openDatabase, toDamaged, type Database } from './database.ts';
import { FileLogs } from './fileLogs.ts';
import { DEFAULT_SNAPSHOTS, Snapshots, toRestoreAdvice, type SnapshotSchedule } from './snapshots.ts';
import { SqliteBlobs } from './sqliteBlobs.ts';
import { SqliteEvents } from './sqliteEvents.ts';
import { openProjections, type SqliteProjections } from './sqliteProjections.ts';
import { SqliteSweep } from './sqliteSweep.ts';
import { TouchedBlobs } from './touchedBlobs.ts';
import { WriterClient } from './writerClient.ts';

export interface SqliteStoreOptions {
  /** the state folder; must exist and belong to this agent alone (its lock) */
  readonly folder: string;
  /** `writerThread.ts`, or its bundle */
  readonly writerScript: URL;
  readonly logger: Logger;
  /** when copies of the record are made; default: a minute after the start, then daily */
  readonly snapshots?: SnapshotSchedule;
  /** for tests: where this process is killed; see protocol/faults.ts */
  readonly fault?: string;
  /** seconds for which a blob that was used of late is not deleted; default a minute */
  readonly keptAfterUse?: number;
}

/**
 * Opens the embedded store: `events.db` and `blobs/` are the truth; `projections.db`, `files/` and everything else beside them
 * can be deleted while the agent is stopped and are made again. Rejects with `state-newer`, or with `state-damaged` where what was
 * acknowledged is not there any more; the message then says what to do.
 */
export async function openSqliteStore({
  folder,
  writerScript,
  logger,
  snapshots,
  fault,
  keptAfterUse,
}: SqliteStoreOptions): Promise<Store> {
  const path = join(folder, 'events.db');
  const folders = { blobs: join(folder, 'blobs'), files: join(folder, 'files') };
  for (const each of Object.values(folders)) mkdirSync(each, { recursive: true, mode: 0o700 });
  const faults = toDeadly(fault);
  const writer = await openWriter(writerScript, folder, path, fault);
  const { reader, projections } = await openReaders(folder, path, writer, faults);
  markInUse(folder);
  const logs = new FileLogs(join(folder, 'logs'), logger);
  const touched = new TouchedBlobs(keptAfterUse);
  const blobs = new SqliteBlobs(reader, writer, folders, touched, logger, faults);
  const forget = (digest: Digest): void => blobs.forget(digest);
  const copies = new Snapshots({ folder, logger, schedule: snapshots ?? DEFAULT_SNAPSHOTS, copy: (to) => writer.copy(to) });
  return {
    events: new SqliteEvents(
      reader,
      writer,
      (events) => projections.apply(events),
      (digest) => touched.add(digest),
    ),
    blobs,
    sweep: new SqliteSweep({ reader, writer, folders, touched, leaving: blobs.leaving, forget, logger }),
    projections,
    logs,
    commitSeconds: () => writer.commitSeconds(),
    close: async () => {
      await copies.close();
      await logs.close();
      markEnding(folder);
      reader.close();
      await writer.close();
      projections.close();
      markClosed(folder, path);
    },
  };
}

async function openWriter(script: URL, folder: string, path: string, fault: string | undefined): Promise<WriterClient> {
  const { needsCheck, needsLog } = readLastUse(folder, path);
  if (needsLog && !existsSync(`${path}-wal`)) {
    const missing = new Error('its write-ahead log, events.db-wal, is missing, and with it what was recorded last');
    throw withAdvice(toDamaged(path, missing), folder);
  }
  try {
    return await WriterClient.open(script, { path, check: needsCheck, fault });
  } catch (error) {
    throw error instanceof CairnError && error.code === 'state-damaged' ? withAdvice(error, folder) : error;
  }
}

async function openReaders(
  folder: string,
  path: string,
  writer: WriterClient,
  faults: Faults | undefined,
): Promise<{ readonly reader: Database; readonly projections: SqliteProjections }> {
  const reader = openDatabase(path, { readOnly: true, synchronous: 'FULL' });
  try {
    const projections = openProjections(join(folder, 'projections.db'), reader, faults);
    return { reader, projections };
  } catch (error) {
    reader.close();
    await writer.close();
    const damaged = isCorruption(error) ? toDamaged(path, error) : error;
    throw damaged instanceof CairnError && damaged.code === 'state-damaged' ? withAdvice(damaged, folder) : damaged;
  }
}

function withAdvice(error: CairnError, folder: string): CairnError {
  return new CairnError('state-damaged', `${error.message}. ${toRestoreAdvice(folder)}`, { cause: error });
}
