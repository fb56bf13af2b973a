// One set-up at a time per machine and user: a file with the owner's pid, taken by exclusive creation.
import { mkdirSync, openSync, readFileSync, rmSync, statSync, writeSync, closeSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const pollMilliseconds = 100;
// An owner that never wrote its pid was killed between two system calls.
const emptyIsStaleAfterMilliseconds = 5_000;

/** Runs `work` while holding the lock `file`; `onWait(pid)` is called once when somebody else holds it. */
export async function withLock(file, work, onWait = () => {}) {
  mkdirSync(path.dirname(file), { recursive: true });
  for (let waited = false; !tryTake(file); waited = true) {
    const owner = ownerOf(file);
    if (owner === 'gone') {
      rmSync(file, { force: true });
      continue;
    }
    if (!waited) onWait(owner);
    await wait(pollMilliseconds);
  }
  const release = () => rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

function tryTake(file) {
  try {
    const handle = openSync(file, 'wx');
    writeSync(handle, String(process.pid));
    closeSync(handle);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function ownerOf(file) {
  try {
    const text = readFileSync(file, 'utf8');
    if (text === '') return Date.now() - statSync(file).mtimeMs > emptyIsStaleAfterMilliseconds ? 'gone' : 'unknown';
    return isAlive(Number(text)) ? Number(text) : 'gone';
  } catch (error) {
    if (error.code === 'ENOENT') return 'unknown';
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
