import { spawn } from 'node:child_process';

/** How a helper program ended; a program that could not be started has `status` null and says why in `errors`. */
export interface Executed {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

export interface ExecuteOptions {
  readonly env: { readonly [name: string]: string };
  readonly cwd?: string;
  /** seconds until it is killed */
  readonly timeout: number;
  readonly signal?: AbortSignal;
  /** each line of stderr as it comes */
  readonly onLine?: (line: string) => void;
}

const KEPT_CHARACTERS = 1_000_000;

/** Runs a helper program (a probe, an installer) in a process group of its own. Never rejects; aborting kills the group. */
export function execute(command: string, args: readonly string[], options: ExecuteOptions): Promise<Executed> {
  return new Promise((resolve) => {
    const child = spawn(command, [...args], {
      env: { ...options.env },
      cwd: options.cwd,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const kill = (): void => killGroup(child.pid);
    const timer = setTimeout(kill, options.timeout * 1000);
    options.signal?.addEventListener('abort', kill, { once: true });
    if (options.signal?.aborted === true) kill();
    const output = hasStreams(child) ? collect(child.stdout, undefined) : toNothing;
    const errors = hasStreams(child) ? collect(child.stderr, options.onLine) : toNothing;
    const end = (status: number | null, signal: NodeJS.Signals | null, problem: string): void => {
      clearTimeout(timer);
      options.signal?.removeEventListener('abort', kill);
      resolve({ status, signal, output: output(), errors: errors() + problem });
    };
    child.once('error', (error) => end(null, null, error.message));
    child.once('close', (status, signal) => end(status, signal, ''));
  });
}

function toNothing(): string {
  return '';
}

/** Without files left the system gives a child no streams at all, which the types do not say; its `error` event follows. */
export function hasStreams(child: { readonly stdio?: unknown }): boolean {
  return Array.isArray(child.stdio);
}

function collect(stream: NodeJS.ReadableStream, onLine: ((line: string) => void) | undefined): () => string {
  let text = '';
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    text = (text + chunk).slice(-KEPT_CHARACTERS);
    if (onLine === undefined) return;
    const lines = (rest + chunk).split(/[\r\n]+/);
    rest = (lines.pop() ?? '').slice(-KEPT_CHARACTERS);
    for (const line of lines) if (line.trim() !== '') onLine(line.trim());
  });
  return () => text;
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone already: what was wanted.
  }
}
