import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CairnError, isErrorCode, type ErrorCode } from '../protocol/errors.ts';
import { AGENT_LOG_FILE, type LockFile } from '../protocol/wire.ts';
import { findAgent } from './lockFile.ts';
import { fetchNonce } from './nonce.ts';
import { ensureStateFolder, type Environment } from './stateFolder.ts';

export interface LaunchOptions {
  /** a Node ≥ 22.19, or an Electron with `ELECTRON_RUN_AS_NODE=1` in `env` */
  readonly execPath: string;
  /** options of that program, before ours and the entry */
  readonly execArgv?: readonly string[];
  /** `agent.mjs`, or `server/main.ts` in a checkout */
  readonly agentEntry: string;
  readonly stateFolder: string;
  readonly env: Environment;
  /** further arguments of the agent, such as `--idle-exit` */
  readonly args?: readonly string[];
  /** milliseconds until it must answer; default 20,000 */
  readonly limit?: number;
}

export interface Launched {
  readonly lock: LockFile;
  /** false = another one was already there, or was quicker */
  readonly started: boolean;
}

/**
 * Makes sure that an agent of this state folder answers: one that runs already, else a new process of its own session that outlives
 * the caller. Several callers at once end with one agent. Rejects with `agent-start-failed`, which names the log and its last lines;
 * `state-newer` and `state-damaged` pass through.
 */
export async function launchAgent(options: LaunchOptions): Promise<Launched> {
  ensureStateFolder(options.stateFolder);
  const running = await findReachable(options.stateFolder);
  if (running !== undefined) return { lock: running, started: false };
  const deadline = performance.now() + (options.limit ?? 20_000);
  let child = spawnAgent(options);
  let exit = watchExit(child);
  while (performance.now() < deadline) {
    const lock = await findReachable(options.stateFolder);
    if (lock !== undefined) return { lock, started: lock.pid === child.pid };
    if (!exit.ended) {
      await delay(LOOK_DELAY);
      continue;
    }
    if (exit.code !== ALREADY_RUNNING) throw toStartError(options, `it ended with ${exit.describe()}`);
    // It lost against one that is getting ready, which will be found, or one that is on its way out, which makes room.
    await delay(RACE_DELAY);
    if (findAgent(options.stateFolder) !== undefined) continue;
    child = spawnAgent(options);
    exit = watchExit(child);
  }
  throw toStartError(options, 'it did not answer in time');
}

/** milliseconds between two looks */
const LOOK_DELAY = 15;
/** milliseconds between two tries while another agent holds the folder */
const RACE_DELAY = 150;

/**
 * An agent waits most of its life, so it is started to be small rather than to have peak throughput: its heap grows slowly, by two fifths of
 * what is in use. Young objects may take 8 MB when there are many: with 1 MB a run of ten thousand tasks spent half of its time on moving
 * them. Not `--optimize-for-size`, which is 5 MB smaller when idle: it holds that space at 1 MB whatever else is said, and collects three times
 * as often. The variables are those of glibc's allocator; elsewhere they mean nothing.
 */
export const LEAN_FLAGS: readonly string[] = ['--max-semi-space-size=8', '--heap-growing-percent=40', '--v8-pool-size=1'];
const LEAN_VARIABLES = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '131072' };

/** Exit code of an agent that found another one in charge of its state folder. */
export const ALREADY_RUNNING = 75;

/** The agent of a state folder, if it answers on its port. */
export async function findReachable(stateFolder: string): Promise<LockFile | undefined> {
  const lock = findAgent(stateFolder);
  if (lock === undefined) return undefined;
  try {
    await fetchNonce(lock.port);
    return lock;
  } catch {
    return undefined; // a stale lock file, or an agent that is on its way up or down
  }
}

function spawnAgent(options: LaunchOptions): ChildProcess {
  const log = openSync(toLogPath(options), 'a', 0o600);
  try {
    const args = [...(options.execArgv ?? []), ...LEAN_FLAGS, options.agentEntry, '--state', options.stateFolder, ...(options.args ?? [])];
    const child = spawn(options.execPath, args, {
      cwd: options.stateFolder,
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...LEAN_VARIABLES, ...options.env },
      windowsHide: true,
    });
    child.unref();
    return child;
  } finally {
    closeSync(log);
  }
}

interface Exit {
  readonly ended: boolean;
  readonly code: number | null;
  describe(): string;
}

function watchExit(child: ChildProcess): Exit {
  let ended = false;
  let error: Error | undefined;
  child.once('error', (cause) => {
    error = cause;
    ended = true;
  });
  child.once('exit', () => void (ended = true));
  return {
    get ended() {
      return ended;
    },
    get code() {
      return child.exitCode;
    },
    describe: () => error?.message ?? (child.signalCode === null ? `exit code ${String(child.exitCode)}` : `signal ${child.signalCode}`),
  };
}

function toLogPath(options: LaunchOptions): string {
  return join(options.stateFolder, AGENT_LOG_FILE);
}

function toStartError(options: LaunchOptions, what: string): CairnError {
  const lines = readLastLines(toLogPath(options), 5);
  const known = lines.map(readLoggedError).findLast((error) => error !== undefined);
  if (known !== undefined) return known;
  const tail = lines.length === 0 ? '' : ` Its last words: ${lines.join(' | ')}`;
  return new CairnError('agent-start-failed', `The agent did not start: ${what}. Log: ${toLogPath(options)}.${tail}`);
}

/** Why an agent refuses to start, in words that are as good for whoever launched it. */
const REFUSALS: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'state-newer',
  'state-damaged',
  'config-invalid',
  'agent-start-failed',
  'unauthenticated',
]);

/** An agent that refuses to start writes why as its last line, in the form of its log. */
function readLoggedError(line: string): CairnError | undefined {
  try {
    const entry: unknown = JSON.parse(line);
    const code: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'code') : undefined;
    const cause: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'cause') : undefined;
    const next: unknown = typeof entry === 'object' && entry !== null ? Reflect.get(entry, 'next') : undefined;
    if (typeof cause !== 'string' || typeof next !== 'string') return undefined;
    if (typeof code === 'string' && isErrorCode(code) && REFUSALS.has(code)) return new CairnError(code, cause, { next });
    return undefined;
  } catch {
    return undefined; // not a line of the log, such as a crash report of Node itself
  }
}

function readLastLines(path: string, count: number): string[] {
  try {
    return readFileSync(path, 'utf8').trimEnd().split('\n').slice(-count);
  } catch {
    return []; // the agent did not come as far as its log
  }
}
