import { mkdirSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import { appendFile, open } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../protocol/logger.ts';
import type { TaskId } from '../../protocol/runEvents.ts';
import type { LogPage, LogStore, StoredLogLine } from '../store.ts';
import { LineSplitter } from './lineSplitter.ts';

const READ_BYTES = 1 << 20;
/** milliseconds between two tries when there are no files left; doubled each time up to the longest */
const FIRST_PAUSE = 20;
const LONGEST_PAUSE = 5000;
/** runs whose log state is kept in memory */
const KNOWN_RUNS = 64;

interface RunLog {
  readonly path: string;
  readonly splitters: Map<string, LineSplitter>;
  readonly listeners: Set<() => void>;
  seq: number;
  pending: string;
  /** the append under way; a failing one is reported and its lines are lost, the task goes on */
  writing: Promise<void>;
  busy: boolean;
}

/** One file of JSON lines a run, in the order of arrival. A cursor is the byte offset after the last line read. */
export class FileLogs implements LogStore {
  readonly #folder: string;
  readonly #logger: Logger;
  readonly #runs = new Map<string, RunLog>();

  constructor(folder: string, logger: Logger) {
    this.#folder = folder;
    this.#logger = logger;
    mkdirSync(folder, { recursive: true });
  }

  append(run: string, task: TaskId, attempt: number, stream: 'out' | 'err', chunk: Uint8Array): void {
    const log = this.#log(run);
    for (const text of this.#splitter(log, task, attempt, stream).push(chunk)) this.#line(log, { task, attempt, stream, text });
    this.#flush(log);
  }

  async end(run: string, task: TaskId, attempt: number): Promise<void> {
    const log = this.#runs.get(run);
    if (log === undefined) return;
    for (const stream of ['out', 'err'] as const) {
      const key = toKey(task, attempt, stream);
      const rest = log.splitters.get(key)?.end();
      log.splitters.delete(key);
      if (rest !== undefined) this.#line(log, { task, attempt, stream, text: rest });
    }
    this.#flush(log);
    await log.writing;
  }

  async read(run: string, query: { readonly step?: string; readonly after?: string; readonly limit: number }): Promise<LogPage> {
    await this.#runs.get(run)?.writing;
    const path = this.#path(run);
    let offset = Number(query.after ?? 0);
    if (!existsSync(path) || !Number.isSafeInteger(offset)) return { lines: [], after: query.after ?? '0' };
    const lines: StoredLogLine[] = [];
    const file = await open(path, 'r');
    try {
      while (lines.length < query.limit) {
        const taken = await takeLines(file, offset, query.limit - lines.length, (line) => isOf(line.task, query.step), lines);
        if (taken === 0) break;
        offset += taken;
      }
    } finally {
      await file.close();
    }
    return { lines, after: String(offset) };
  }

  changed(run: string, signal: AbortSignal): Promise<void> {
    const { listeners } = this.#log(run);
    return new Promise((resolve) => {
      const done = (): void => {
        listeners.delete(done);
        signal.removeEventListener('abort', done);
        resolve();
      };
      if (signal.aborted) return done();
      listeners.add(done);
      signal.addEventListener('abort', done);
    });
  }

  async close(): Promise<void> {
    await Promise.all(Array.from(this.#runs.values(), (log) => log.writing));
  }

  #line(log: RunLog, line: Omit<StoredLogLine, 'seq'>): void {
    log.seq += 1;
    log.pending += `${JSON.stringify({ seq: log.seq, ...line })}\n`;
  }

  /** One append at a time; what arrives meanwhile goes with the next. */
  #flush(log: RunLog): void {
    if (log.busy || log.pending === '') return;
    log.busy = true;
    const text = log.pending;
    log.pending = '';
    log.writing = appendPatiently(log.path, text)
      .then(
        () => this.#written(log),
        (error: unknown) => {
          this.#logger.error('Log lines could not be written', { path: log.path, error: String(error) });
          this.#written(log);
        },
      )
      .then(() => (log.pending === '' ? undefined : log.writing));
  }

  #written(log: RunLog): void {
    log.busy = false;
    this.#flush(log);
    for (const listener of [...log.listeners]) listener();
  }

  #splitter(log: RunLog, task: TaskId, attempt: number, stream: string): LineSplitter {
    const key = toKey(task, attempt, stream);
    let splitter = log.splitters.get(key);
    if (splitter === undefined) log.splitters.set(key, (splitter = new LineSplitter()));
    return splitter;
  }

  #log(run: string): RunLog {
    const known = this.#runs.get(run);
    if (known !== undefined) return known;
    this.#forgetIdle();
    const path = this.#path(run);
    const log: RunLog = {
      path,
      splitters: new Map(),
      listeners: new Set(),
      seq: lastSeq(path),
      pending: '',
      writing: Promise.resolve(),
      busy: false,
    };
    this.#runs.set(run, log);
    return log;
  }

  #forgetIdle(): void {
    for (const [run, log] of this.#runs) {
      if (this.#runs.size < KNOWN_RUNS) return;
      if (!log.busy && log.splitters.size === 0 && log.listeners.size === 0) this.#runs.delete(run);
    }
  }

  #path(run: string): string {
    return join(this.#folder, `${run.replace(/[^0-9a-zA-Z-]/g, '_')}.jsonl`);
  }
}

/** Without a file left it waits for one: others give theirs back. What cannot be written for long is given up. */
async function appendPatiently(path: string, text: string): Promise<void> {
  for (let pause = FIRST_PAUSE; ; pause *= 2) {
    try {
      return await appendFile(path, text);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if ((code !== 'EMFILE' && code !== 'ENFILE') || pause > LONGEST_PAUSE) throw error;
      await delay(pause);
    }
  }
}

function toKey(task: TaskId, attempt: number, stream: string): string {
  return `${task}\n${attempt}\n${stream}`;
}

function isOf(task: TaskId, step: string | undefined): boolean {
  return step === undefined || task === step || task.startsWith(`${step}[`);
}

/** Continues a log that an earlier agent wrote; a line that its death cut short is removed. */
function lastSeq(path: string): number {
  if (!existsSync(path)) return 0;
  const bytes = readFileSync(path);
  const end = bytes.lastIndexOf(0x0a) + 1;
  if (end < bytes.length) truncateSync(path, end);
  const begin = end < 2 ? 0 : bytes.lastIndexOf(0x0a, end - 2) + 1;
  if (end === 0) return 0;
  const line = JSON.parse(bytes.toString('utf8', begin, end)) as StoredLogLine;
  return line.seq;
}

/** Reads whole lines from `offset`, keeps those wanted, and answers how many bytes they and the skipped ones took. */
async function takeLines(
  file: Awaited<ReturnType<typeof open>>,
  offset: number,
  limit: number,
  isWanted: (line: StoredLogLine) => boolean,
  into: StoredLogLine[],
): Promise<number> {
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.allocUnsafe(READ_BYTES), position: offset });
  let taken = 0;
  let kept = 0;
  while (kept < limit) {
    const end = buffer.subarray(0, bytesRead).indexOf(0x0a, taken);
    if (end < 0) break;
    const line = JSON.parse(buffer.toString('utf8', taken, end)) as StoredLogLine;
    taken = end + 1;
    if (!isWanted(line)) continue;
    into.push(line);
    kept += 1;
  }
  return taken;
}
