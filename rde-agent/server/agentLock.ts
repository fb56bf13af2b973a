import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { CairnError } from '../protocol/errors.ts';
import { LOCK_FILE, type LockFile } from '../protocol/wire.ts';
import { readLockFile } from '../client/lockFile.ts';

/** Being the one agent of a state folder. */
export interface AgentLock {
  /** Tells clients where we are. */
  publish(lock: LockFile): void;
  /** Tells clients that nobody is here any more, while the folder is still ours. Idempotent. */
  withdraw(): void;
  /** Lets the next agent in. Idempotent. */
  release(): void;
}

const LOCK_DATABASE = 'agent.lock';

/**
 * Takes the state folder or throws `agent-already-running`. The lock is one of the kernel's on a file, so death of any kind releases
 * it and a reused process id or a stale `agent.json` means nothing.
 */
export function acquireAgentLock(stateFolder: string): AgentLock {
  const database = new DatabaseSync(join(stateFolder, LOCK_DATABASE));
  try {
    database.exec('PRAGMA busy_timeout = 0; PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE;');
  } catch (thrown) {
    database.close();
    throw toLockError(stateFolder, thrown);
  }
  const path = join(stateFolder, LOCK_FILE);
  let held = true;
  return {
    publish: (lock) => publish(path, lock),
    withdraw: () => rmSync(path, { force: true }),
    release: () => {
      if (!held) return;
      held = false;
      database.close();
    },
  };
}

/** SQLITE_BUSY: somebody else holds the lock. */
const BUSY = 5;

function toLockError(stateFolder: string, thrown: unknown): CairnError {
  const code: unknown = typeof thrown === 'object' && thrown !== null ? Reflect.get(thrown, 'errcode') : undefined;
  if (code !== BUSY) {
    const cause = thrown instanceof Error ? thrown.message : String(thrown);
    return new CairnError('agent-start-failed', `The state folder ${stateFolder} cannot be locked: ${cause}`, { cause: thrown });
  }
  const other = readLockFile(stateFolder);
  const who = other === undefined ? 'Another agent' : `Another agent (process ${String(other.pid)}, port ${String(other.port)})`;
  return new CairnError('agent-already-running', `${who} uses ${stateFolder}.`);
}

function publish(path: string, lock: LockFile): void {
  const temporary = `${path}.${String(process.pid)}`;
  writeFileSync(temporary, `${JSON.stringify(lock)}\n`, { mode: 0o600 });
  renameSync(temporary, path);
}
