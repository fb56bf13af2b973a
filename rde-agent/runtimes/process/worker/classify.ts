import { readFileSync } from 'node:fs';
import os from 'node:os';
import type { TaskError, TaskFailureClass } from '../../../protocol/runEvents.ts';

export interface Failure {
  readonly failure: TaskFailureClass;
  readonly error: TaskError;
}

export interface SilentExit {
  readonly status: number | null;
  readonly signal: number | null;
  /** bytes; `null` = not known */
  readonly maxRss: number | null;
  /** bytes that the task was allowed; `null` = no limit */
  readonly memory: number | null;
  /** the kernel has ended something for want of memory since the last look */
  readonly outOfMemory: boolean;
}

const { SIGKILL, SIGABRT } = os.constants.signals;

/** Of what a worker itself answers; everything else is the user's code or contract. */
const FAILURE_CLASSES: { readonly [code: string]: TaskFailureClass } = {
  'out-of-memory': 'resource',
  'input-unreadable': 'infrastructure',
  'worker-lost': 'infrastructure',
  'worker-start-failed': 'infrastructure',
  'environment-failed': 'infrastructure',
  'store-failed': 'infrastructure',
};

/** What kind of failure a worker's own answer is. */
export function toFailureClass(code: string): TaskFailureClass {
  return FAILURE_CLASSES[code] ?? 'user';
}

/** What an exit without an answer means. */
export function classifyExit(exit: SilentExit): Failure {
  if (exit.signal === null)
    return toUserFailure(
      `the process left with code ${String(exit.status)} before it had answered (os._exit, process.exit, or a native library)`,
    );
  const name = toSignalName(exit.signal);
  const atLimit = exit.memory !== null && exit.maxRss !== null && exit.maxRss >= exit.memory * 0.9;
  if ((exit.signal === SIGKILL && (exit.outOfMemory || atLimit)) || (exit.signal === SIGABRT && atLimit))
    return toMemoryFailure(exit, name);
  if (exit.signal === SIGKILL) {
    const message = 'the process was ended by SIGKILL, and not by Cairn: by somebody on this machine, by the system, or by the task itself';
    return { failure: 'infrastructure', error: { code: 'killed', message } };
  }
  return toUserFailure(`the process was ended by ${name}: a crash in native code, or a signal of the task's own`);
}

function toUserFailure(message: string): Failure {
  return { failure: 'user', error: { code: 'killed', message } };
}

function toMemoryFailure(exit: SilentExit, name: string): Failure {
  const used = exit.maxRss === null ? '' : ` after it had used ${String(Math.round(exit.maxRss / 1_048_576))} MiB`;
  return { failure: 'resource', error: { code: 'out-of-memory', message: `memory ran out: the process was ended by ${name}${used}` } };
}

function toSignalName(number: number): string {
  const found = Object.entries(os.constants.signals).find(([, value]) => value === number);
  return found?.[0] ?? `signal ${String(number)}`;
}

/** Watches the kernel's count of processes that it ended for want of memory. */
export class MemoryWatch {
  private last = readKills();

  /** True when it has grown since the last question. */
  hasKilled(): boolean {
    const now = readKills();
    const grown = now > this.last;
    this.last = now;
    return grown;
  }
}

function readKills(): number {
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'latin1'))?.[1] ?? 0);
  } catch {
    // No such count on this platform: an exit by SIGKILL is then told from one for memory by the size alone.
    return 0;
  }
}
