import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';

/** One process of this host, as /proc tells it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
  /** zombies count as dead: whoever must reap them may be late */
  readonly zombie: boolean;
}

/** All processes; empty where there is no /proc. */
export async function listProcesses(): Promise<readonly ProcessEntry[]> {
  const entries = await Promise.all((await listPids()).map(readProcess));
  return entries.filter((entry) => entry !== undefined);
}

export async function listPids(): Promise<readonly number[]> {
  const names = await readdir('/proc').catch(() => []);
  return names.filter((name) => /^\d+$/.test(name)).map(Number);
}

/** The environment that a process was started with, where it may be read: `undefined` for others' processes and vanished ones. */
export async function readEnvironment(pid: number): Promise<string | undefined> {
  return readFile(`/proc/${String(pid)}/environ`, 'latin1').catch(() => undefined);
}

async function readProcess(pid: number): Promise<ProcessEntry | undefined> {
  const text = await readFile(`/proc/${String(pid)}/stat`, 'latin1').catch(() => undefined);
  const fields = text === undefined ? undefined : toFields(text);
  return fields === undefined
    ? undefined
    : { pid, parent: Number(fields[1]), group: Number(fields[2]), zombie: fields[0] === 'Z' || fields[0] === 'X' };
}

/** When a process started, in clock ticks since boot: with the pid it names a process for ever. `undefined` = not there, or no /proc. */
export function readStartTime(pid: number): string | undefined {
  try {
    return toFields(readFileSync(`/proc/${String(pid)}/stat`, 'latin1'))[19];
  } catch {
    // The process is gone, or this platform has no /proc: both mean that there is nothing to read.
    return undefined;
  }
}

/** Fields after the command, which is in parentheses and may itself contain them: state, parent, group, … */
function toFields(stat: string): readonly string[] {
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
