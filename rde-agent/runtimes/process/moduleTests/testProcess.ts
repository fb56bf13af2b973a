import { spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { hasStreams } from '../execute.ts';
import { LineReader } from '../worker/lineReader.ts';
import { sendSignal, sweepTasks } from '../worker/leftovers.ts';
import type { KeptOutput } from './keptOutput.ts';

export interface TestProcessOptions {
  readonly python: string;
  /** empty folder, not one of the workspace */
  readonly cwd: string;
  readonly variables: { readonly [name: string]: string };
  /** marks everything that is started */
  readonly token: string;
  /** JSON, for the standard input */
  readonly request: string;
  /** seconds without a line after which it is ended */
  readonly timeout: number;
  readonly output: KeptOutput;
  onLine(line: string): void;
  /** everything that was to be said has been said: what it does after that is of no interest */
  isDone(): boolean;
}

export type TestProcessEnd =
  | { readonly kind: 'exited'; readonly status: string }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'not-started'; readonly message: string };

const LINE_BYTES = 4_194_304;
/** milliseconds for which the streams of an ended process are read on */
const DRAIN = 1000;

/** One process that finds or runs tests. Resolves when it is gone with everything that it has started. */
export async function runTestProcess(options: TestProcessOptions, signal: AbortSignal): Promise<TestProcessEnd> {
  const child = spawn(options.python, ['-s', '-m', 'cairn.testing'], {
    cwd: options.cwd,
    env: { ...options.variables },
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe', 'pipe'],
  });
  const kill = (): void => {
    if (child.pid !== undefined) sendSignal(-child.pid, 'SIGKILL');
  };
  const watch = new Silence(options.timeout, kill);
  signal.addEventListener('abort', kill, { once: true });
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    const exited = waitForExit(child);
    if (hasStreams(child)) attach(child.stdio, options, watch, kill);
    if (signal.aborted) kill();
    const end = await exited;
    // What it has started goes with it, and holds no stream open then.
    kill();
    await sweepTasks(new Set([options.token]));
    if (end.kind !== 'not-started') await Promise.race([closed, drain(child.stdio)]);
    return watch.isOver && end.kind === 'exited' && !options.isDone() ? { kind: 'timeout' } : end;
  } finally {
    watch.stop();
    signal.removeEventListener('abort', kill);
  }
}

function waitForExit(child: ReturnType<typeof spawn>): Promise<TestProcessEnd> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ kind: 'not-started', message: error.message }));
    child.once('exit', (code, signal) =>
      resolve({ kind: 'exited', status: signal === null ? `exit code ${String(code)}` : `signal ${signal}` }),
    );
  });
}

type Streams = readonly (Readable | Writable | null | undefined)[];

function attach([input, out, err, answers]: Streams, options: TestProcessOptions, watch: Silence, kill: () => void): void {
  const lines = new LineReader(LINE_BYTES);
  for (const stream of [input, out, err, answers]) {
    // Without a listener it would end the agent; the exit that follows is what is acted on.
    stream?.on('error', () => undefined);
  }
  for (const stream of [out, err]) stream?.on('data', (chunk: Buffer) => options.output.add(chunk));
  answers?.on('data', (chunk: Buffer) => {
    watch.reset();
    for (const line of lines.push(chunk) ?? []) options.onLine(line);
    if (options.isDone()) kill();
  });
  if (input !== null && input !== undefined && 'end' in input) input.end(options.request);
}

/** Somebody who changed its name and its group may hold the streams: they are not waited for. */
function drain(streams: Streams): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(() => {
      for (const stream of streams) stream?.destroy();
      resolve();
    }, DRAIN).unref();
  });
}

/** Ends what says nothing for too long. */
class Silence {
  readonly #seconds: number;
  readonly #end: () => void;
  #timer: NodeJS.Timeout;
  #isOver = false;

  constructor(seconds: number, end: () => void) {
    this.#seconds = seconds;
    this.#end = end;
    this.#timer = this.#start();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  reset(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#start();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #start(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#isOver = true;
      this.#end();
    }, this.#seconds * 1000);
  }
}
