import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { listPids, listProcesses, readEnvironment, readStartTime } from './processTable.ts';

/** Names everything that an agent started: `<digest of the state folder>:<pid>.<start time of the agent>`. */
export function toOwner(stateFolder: string): string {
  return `${toOwnerPrefix(stateFolder)}${String(process.pid)}.${readStartTime(process.pid) ?? '0'}`;
}

function toOwnerPrefix(stateFolder: string): string {
  return `${createHash('sha256').update(toRealPath(stateFolder)).digest('hex').slice(0, 32)}:`;
}

function toRealPath(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    // Not made yet: nothing can have been started from it under another spelling.
    return path.resolve(folder);
  }
}

/**
 * Ends every process that a dead agent of this state folder has left behind, and says how many. Processes of other state folders
 * and of agents that live are never touched. Without /proc it does nothing: there the end of the control channel must do.
 */
export async function sweepLeftovers(stateFolder: string): Promise<number> {
  const prefix = `CAIRN_OWNER=${toOwnerPrefix(stateFolder)}`;
  return killMarked((variables) =>
    variables.some((variable) => variable.startsWith(prefix) && !isOwnerAlive(variable.slice(prefix.length))),
  );
}

/** Ends every process that this agent has started, wherever it went. */
export async function sweepOwner(owner: string): Promise<number> {
  return killMarked((variables) => variables.includes(`CAIRN_OWNER=${owner}`));
}

/** Ends what these tasks have left behind: processes that carry their token and have left their group. */
export async function sweepTasks(tokens: ReadonlySet<string>): Promise<number> {
  return killMarked((variables) => variables.some((variable) => variable.startsWith('CAIRN_TASK=') && tokens.has(variable.slice(11))));
}

function isOwnerAlive(instance: string): boolean {
  const [pid, started] = instance.split('.');
  return started !== undefined && readStartTime(Number(pid)) === started;
}

/** A marked process may fork while it is looked for, so it is looked again until none is found. */
const ROUNDS = 20;

async function killMarked(isMarked: (variables: readonly string[]) => boolean): Promise<number> {
  const killed = new Set<number>();
  for (let round = 0; round < ROUNDS; round++) {
    const found = await findMarked(isMarked);
    if (found.length === 0) break;
    await killAll(found);
    for (const pid of found) killed.add(pid);
    await delay(10);
  }
  return killed.size;
}

async function findMarked(isMarked: (variables: readonly string[]) => boolean): Promise<readonly number[]> {
  const pids = await listPids();
  const marks = await Promise.all(
    pids.map(async (pid) => {
      if (pid === process.pid) return false;
      const text = await readEnvironment(pid);
      // A zombie has no environment any more, so it is never found here.
      return text !== undefined && text.includes('CAIRN_') && isMarked(text.split('\0'));
    }),
  );
  return pids.filter((_, index) => marks[index] === true);
}

/** With a marked process its group goes too: a member may have wiped its own environment. Never the agent's own group. */
async function killAll(pids: readonly number[]): Promise<void> {
  const marked = new Set(pids);
  const processes = await listProcesses();
  const own = processes.find((entry) => entry.pid === process.pid)?.group;
  const groups = processes.filter((entry) => marked.has(entry.pid) && entry.group > 1 && entry.group !== own).map((entry) => entry.group);
  const led = groups.filter((group) => marked.has(group) || !processes.some((entry) => entry.pid === group));
  for (const group of new Set(led)) sendSignal(-group, 'SIGKILL');
  for (const pid of pids) sendSignal(pid, 'SIGKILL');
}

/** `false` = there is no such process or group, which is what a killer wants. */
export function sendSignal(pid: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(pid, signal);
  } catch {
    // ESRCH, or EPERM for a process that changed its user: neither can be helped from here.
    return false;
  }
}
