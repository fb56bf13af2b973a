import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LOCK_FILE, type LockFile } from '../protocol/wire.ts';

/** What the last agent of a state folder wrote about itself; `undefined` = none, or not readable as one. It may be dead by now. */
export function readLockFile(stateFolder: string): LockFile | undefined {
  let text: string;
  try {
    text = readFileSync(join(stateFolder, LOCK_FILE), 'utf8');
  } catch {
    return undefined; // no agent has run here
  }
  try {
    const value: unknown = JSON.parse(text);
    return isLockFile(value) ? value : undefined;
  } catch {
    return undefined; // not JSON: no agent wrote it, since agents write it atomically
  }
}

function isLockFile(value: unknown): value is LockFile {
  if (typeof value !== 'object' || value === null) return false;
  const get = (key: keyof LockFile): unknown => Reflect.get(value, key);
  const isPort = typeof get('port') === 'number' && Number.isInteger(get('port'));
  return (
    isPort &&
    typeof get('pid') === 'number' &&
    typeof get('version') === 'string' &&
    typeof get('protocol') === 'number' &&
    typeof get('started') === 'string'
  );
}

/** Whether a process with this id runs. A reused id answers true: only a connection proves that it is the agent. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}

/** Ended, but its parent has not asked yet; some containers' first process asks late. */
function isZombie(pid: number): boolean {
  if (process.platform !== 'linux') return false;
  try {
    return /^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${String(pid)}/stat`, 'latin1'));
  } catch {
    return true; // gone since
  }
}

/** The lock file of an agent whose process exists. */
export function findAgent(stateFolder: string): LockFile | undefined {
  const lock = readLockFile(stateFolder);
  return lock !== undefined && isAlive(lock.pid) ? lock : undefined;
}
