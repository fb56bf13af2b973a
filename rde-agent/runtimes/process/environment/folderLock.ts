import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { readStartTime } from '../worker/processTable.ts';

/** Seconds for which a lock without a readable owner is believed: its maker is between `mkdir` and `write`. */
const NAMELESS_SECONDS = 5;

/**
 * Holds a lock folder while `work` runs, so that two agents never make one thing at the same time. A lock whose owner has died is
 * taken over. Rejects with the signal's reason when it is aborted while waiting.
 */
export async function withFolderLock<T>(folder: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  await acquire(folder, signal);
  try {
    return await work();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function acquire(folder: string, signal: AbortSignal): Promise<void> {
  let nameless = 0;
  for (;;) {
    signal.throwIfAborted();
    if (await tryAcquire(folder)) return;
    const owner = await readOwner(folder);
    nameless = owner === undefined ? nameless + 1 : 0;
    if (owner === undefined ? nameless > NAMELESS_SECONDS * 10 : !isAlive(owner)) await evict(folder);
    await delay(100, undefined, { signal });
  }
}

async function tryAcquire(folder: string): Promise<boolean> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (isExists(error)) return false;
    throw error;
  }
  await writeFile(`${folder}/owner`, `${String(process.pid)} ${readStartTime(process.pid) ?? ''}`);
  return true;
}

interface Owner {
  readonly pid: number;
  readonly started: string;
}

async function readOwner(folder: string): Promise<Owner | undefined> {
  const text = await readFile(`${folder}/owner`, 'utf8').catch(() => '');
  const [pid, started] = text.split(' ');
  return pid === undefined || !/^[1-9]\d*$/.test(pid) ? undefined : { pid: Number(pid), started: started ?? '' };
}

function isAlive(owner: Owner): boolean {
  const started = readStartTime(owner.pid);
  if (started !== undefined) return owner.started === '' || started === owner.started;
  try {
    process.kill(owner.pid, 0);
    return process.platform !== 'linux';
  } catch {
    // No process of this number, or one of another user, which cannot be an agent of this state folder.
    return false;
  }
}

/** Renaming first makes one of several waiters the one that removes it; the others find nothing and try to acquire. */
async function evict(folder: string): Promise<void> {
  const aside = `${folder}.dead-${String(process.pid)}-${String(Date.now())}`;
  try {
    await rename(folder, aside);
  } catch {
    // Another waiter was faster.
    return;
  }
  await rm(aside, { recursive: true, force: true });
}

function isExists(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EEXIST';
}
