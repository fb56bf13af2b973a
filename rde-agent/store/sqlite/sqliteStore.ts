import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Logger } from '../../protocol/logger.ts';
import type { Store } from '../store.ts';
import { openDatabase } from './database.ts';
import { FileLogs } from './fileLogs.ts';
import { SqliteBlobs } from './sqliteBlobs.ts';
import { SqliteEvents } from './sqliteEvents.ts';
import { openProjections } from './sqliteProjections.ts';
import { WriterClient } from './writerClient.ts';

export interface SqliteStoreOptions {
  /** the state folder; must exist and belong to this agent alone (its lock) */
  readonly folder: string;
  /** `writerThread.ts`, or its bundle */
  readonly writerScript: URL;
  readonly logger: Logger;
}

/** Present while the last use has not ended cleanly: the pages are then checked at the next start. */
const UNCLEAN = 'unclean';

/**
 * Opens the embedded store: `events.db` and `blobs/` are the truth; `projections.db`, `files/` and everything else beside them
 * can be deleted while the agent is stopped and are made again. Rejects with `state-newer` or `state-damaged`.
 */
export async function openSqliteStore({ folder, writerScript, logger }: SqliteStoreOptions): Promise<Store> {
  const path = join(folder, 'events.db');
  const folders = { blobs: join(folder, 'blobs'), files: join(folder, 'files') };
  for (const each of Object.values(folders)) mkdirSync(each, { recursive: true, mode: 0o700 });
  const unclean = join(folder, UNCLEAN);
  const writer = await WriterClient.open(writerScript, { path, check: existsSync(unclean) });
  writeFileSync(unclean, '');
  const reader = openDatabase(path, { readOnly: true, synchronous: 'FULL' });
  const projections = openProjections(join(folder, 'projections.db'), reader);
  const logs = new FileLogs(join(folder, 'logs'), logger);
  return {
    events: new SqliteEvents(reader, writer, (events) => projections.apply(events)),
    blobs: new SqliteBlobs(reader, writer, folders, logger),
    projections,
    logs,
    commitSeconds: () => writer.commitSeconds(),
    close: async () => {
      await logs.close();
      reader.close();
      await writer.close();
      projections.close();
      rmSync(unclean, { force: true });
    },
  };
}
