// Processes that a suite started and did not end, seen from outside: every child inherits the suite's mark or its scratch folder.
import { readFileSync, readdirSync, readlinkSync } from 'node:fs';

/** Live processes (not zombies) whose environment, working folder or arguments carry `mark`; empty where there is no /proc. */
export function findLeftovers(mark) {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .map((pid) => describe(Number(pid), mark))
    .filter((found) => found !== undefined);
}

function describe(pid, mark) {
  const command = read(pid, 'cmdline').replaceAll('\0', ' ').trim();
  // A zombie has no arguments: it is dead and waits for its parent.
  if (command === '') return undefined;
  const carries = command.includes(mark) || read(pid, 'environ').includes(mark) || workingFolder(pid).includes(mark);
  return carries ? { pid, command } : undefined;
}

function read(pid, file) {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    // It ended while we looked, or belongs to somebody else: neither is ours to report.
    return '';
  }
}

function workingFolder(pid) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    // As above.
    return '';
  }
}
