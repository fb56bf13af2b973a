import { parentPort, workerData } from 'node:worker_threads';
import { CairnError } from '../../protocol/errors.ts';
import { toDeadly } from './deadly.ts';
import { assertIntact, copyDatabase, isCorruption, openDatabase, toDamaged, type Database } from './database.ts';
import { migrate } from './schema.ts';
import { Writer } from './writer.ts';
import type { FromWriter, ToWriter, WriterData } from './writerProtocol.ts';

/**
 * Checkpoints move pages out of the write-ahead log, which then starts over. They cost further fsyncs, so they wait for a quiet
 * moment, but not for ever: a log that grows past its size makes every commit slower.
 */
const CHECKPOINT_AFTER_COMMITS = 48;
const CHECKPOINT_AT_COMMITS = 160;
const QUIET_MILLISECONDS = 4;
/** a commit of a task writes some 20 kB of pages */
const LOG_BYTES = 4_000_000;

const port = parentPort;
if (port !== null)
  main(
    workerData as WriterData,
    (message) => port.postMessage(message),
    (listener) => port.on('message', listener),
  );

function main(data: WriterData, send: (message: FromWriter) => void, listen: (listener: (message: ToWriter) => void) => void): void {
  let database: Database;
  try {
    database = open(data);
  } catch (error) {
    const refused = error instanceof CairnError ? error : toDamaged(data.path, error);
    send({ kind: 'refused', code: refused.code === 'state-newer' ? 'state-newer' : 'state-damaged', message: refused.message });
    return;
  }
  const writer = new Writer(database, toDeadly(data.fault));
  let commits = 0;
  let quiet: NodeJS.Timeout | undefined;
  const checkpoint = (): void => {
    commits = 0;
    database.exec('PRAGMA wal_checkpoint(PASSIVE)');
  };
  listen((message) => {
    if (message.kind === 'copy') {
      void copy(database, message.to).then((problem) => send({ kind: 'copied', problem }));
      return;
    }
    clearTimeout(quiet);
    if (message.kind === 'close') {
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
      database.close();
      send({ kind: 'closed' });
      return;
    }
    const { results, seconds } = writer.write(message.batch.transactions);
    send({ kind: 'results', id: message.batch.id, results, seconds });
    commits += 1;
    if (commits >= CHECKPOINT_AT_COMMITS) checkpoint();
    else if (commits >= CHECKPOINT_AFTER_COMMITS) quiet = setTimeout(checkpoint, QUIET_MILLISECONDS);
  });
  send({ kind: 'ready' });
  growLog(database);
}

/**
 * A commit into a write-ahead log that has its size already takes half the time of one that makes the file longer, because only
 * data has to reach the disk. So the log is grown once at the start and then written again from its beginning.
 */
function growLog(database: Database): void {
  database.prepare("INSERT OR REPLACE INTO blobs (digest, bytes) VALUES ('grow', zeroblob(?))").run(LOG_BYTES);
  database.exec("DELETE FROM blobs WHERE digest = 'grow'");
  database.exec('PRAGMA wal_checkpoint(RESTART)');
}

/** Answers what went wrong. */
async function copy(database: Database, to: string): Promise<string | null> {
  try {
    await copyDatabase(database, to);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function open(data: WriterData): Database {
  try {
    const database = openDatabase(data.path, { synchronous: 'FULL' });
    if (data.check) assertIntact(database, data.path);
    migrate(database, data.path);
    return database;
  } catch (error) {
    throw isCorruption(error) ? toDamaged(data.path, error) : error;
  }
}
