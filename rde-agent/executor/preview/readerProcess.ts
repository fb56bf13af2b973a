import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ReaderAnswer, type ReaderRequest } from './readerMessages.ts';

/** What one reading may take. */
export interface ReaderLimits {
  /** seconds */
  readonly time: number;
  /** bytes of JavaScript objects, and of everything that is resident */
  readonly heap: number;
  readonly memory: number;
  /** bytes of the answer */
  readonly answer: number;
  /** readings at once; others wait */
  readonly atOnce: number;
}

export const READER_LIMITS: ReaderLimits = {
  time: 30,
  heap: 512 * 1024 * 1024,
  memory: 1024 * 1024 * 1024,
  answer: 16 * 1024 * 1024,
  atOnce: 2,
};

/** milliseconds between looks at the memory of a reading */
const LOOK = 25;
const PAGE = 4096;

/** Opens content in a process of its own for each request, with limits; whatever the content does, this answers. */
export class ReaderProcess {
  readonly #script: string;
  readonly #limits: ReaderLimits;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  /** `script` = `reader.ts`, or its bundle */
  constructor(script: URL, limits: ReaderLimits = READER_LIMITS) {
    this.#script = fileURLToPath(script);
    this.#limits = limits;
  }

  /** Never rejects but with the reason of an aborted signal. */
  async read(request: ReaderRequest, signal: AbortSignal): Promise<ReaderAnswer> {
    await this.#enter();
    try {
      signal.throwIfAborted();
      const answer = await runOnce(this.#script, request, this.#limits, signal);
      signal.throwIfAborted();
      return answer;
    } finally {
      this.#running -= 1;
      this.#waiting.shift()?.();
    }
  }

  async #enter(): Promise<void> {
    if (this.#running >= this.#limits.atOnce) await new Promise<void>((go) => this.#waiting.push(go));
    this.#running += 1;
  }
}

function runOnce(script: string, request: ReaderRequest, limits: ReaderLimits, signal: AbortSignal): Promise<ReaderAnswer> {
  return new Promise((done) => {
    let reason: string | undefined;
    const chunks: Buffer[] = [];
    let size = 0;
    const child = spawn(process.execPath, toArguments(script, request.path, limits), {
      cwd: dirname(script),
      env: process.versions['electron'] === undefined ? {} : { ELECTRON_RUN_AS_NODE: '1' },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const stop = (why: string): void => {
      reason ??= why;
      child.kill('SIGKILL');
    };
    const timer = setTimeout(() => stop(`reading it takes longer than ${String(limits.time)} s`), limits.time * 1000);
    const watch = setInterval(() => {
      if (readResident(child) > limits.memory) stop(`reading it takes more than ${String(Math.round(limits.memory / 1e6))} MB of memory`);
    }, LOOK);
    const onAbort = (): void => stop('it is not wanted any more');
    signal.addEventListener('abort', onAbort, { once: true });
    child.stdout.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size > limits.answer) stop('what there is to show of it is too large');
    });
    const end = (): void => {
      clearTimeout(timer);
      clearInterval(watch);
      signal.removeEventListener('abort', onAbort);
      done(reason === undefined ? toAnswer(Buffer.concat(chunks)) : { kind: 'opaque', reason });
    };
    child.once('error', () => {
      reason ??= 'the process that would read it cannot be started';
      end();
    });
    child.once('close', end);
    // One that has ended already reads nothing: its answer says so.
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(request));
  });
}

/** It may read the content and its own code; Electron's Node does not know the permissions. */
function toArguments(script: string, path: string, { heap }: ReaderLimits): readonly string[] {
  const code = script.endsWith('.ts') ? resolve(dirname(script), '../../..') : dirname(script);
  const allowed = process.versions['electron'] === undefined ? ['--permission', `--allow-fs-read=${path}`, `--allow-fs-read=${code}`] : [];
  return [...allowed, '--no-warnings', `--max-old-space-size=${String(Math.round(heap / 1024 / 1024))}`, '--stack-size=900', script];
}

function toAnswer(bytes: Buffer): ReaderAnswer {
  const checked = ReaderAnswer.safeParse(parseJson(bytes));
  return checked.success ? checked.data : { kind: 'opaque', reason: 'it cannot be read: the process that read it ended without an answer' };
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    // Nothing, or the beginning of an answer: no schema accepts it.
    return undefined;
  }
}

/** Bytes in memory; 0 where the host does not tell. */
function readResident({ pid }: ChildProcess): number {
  try {
    return Number(readFileSync(`/proc/${String(pid)}/statm`, 'latin1').split(' ')[1] ?? 0) * PAGE;
  } catch {
    // It has ended, or this host has no /proc: then the limit on objects and time is what holds.
    return 0;
  }
}
