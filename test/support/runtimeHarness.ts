import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TaskContext } from '../../rde-agent/protocol/runner.ts';
import type { WorkerRecord } from '../../rde-agent/protocol/runEvents.ts';
import type { TaskObserver } from '../../rde-agent/runtimes/runtime.ts';

/** A temp folder with a module in it, and what a launch of it is given. */
export class RuntimeFolders {
  readonly root = realpathSync(mkdtempSync(path.join(tmpdir(), 'cairn-runtime-')));
  private count = 0;

  /** A folder below the temp folder, made. */
  folder(name: string): string {
    const folder = path.join(this.root, name);
    mkdirSync(folder, { recursive: true });
    return folder;
  }

  /** Writes `source` as `main.py` of a new module and describes one attempt of its function `run`. */
  task(source: string, changes: Partial<TaskContext> = {}): TaskContext {
    const name = `task${String(++this.count)}`;
    const root = this.folder(`modules/${name}`);
    writeFileSync(path.join(root, 'main.py'), source);
    return {
      run: 'run-1',
      task: name,
      attempt: 1,
      module: 'test/module',
      root,
      entry: { file: 'main.py', function: 'run' },
      code: { 'main.py': `sha256:${createHash('sha256').update(source).digest('hex')}` },
      inputs: [],
      params: {},
      outputs: [{ name: 'result', type: { kind: 'json' } }],
      seed: null,
      nominalTime: null,
      scratch: this.folder(`scratch/${name}`),
      outputDir: this.folder(`outputs/${name}`),
      variables: {},
      threads: 1,
      memory: null,
      inlineBytes: 65_536,
      ...changes,
    };
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}

/** Remembers everything that an observer hears. */
export class RecordingObserver implements TaskObserver {
  worker: WorkerRecord | undefined;
  readonly progresses: string[] = [];
  readonly metrics: [string, number, number | null][] = [];
  private readonly chunks: { readonly out: Buffer[]; readonly err: Buffer[] } = { out: [], err: [] };
  private readonly waiting: (() => void)[] = [];

  running(worker: WorkerRecord): void {
    this.worker = worker;
    this.wake();
  }

  progress(done: number, total: number | null, message: string): void {
    this.progresses.push(`${String(done)}/${String(total)} ${message}`);
    this.wake();
  }

  metric(name: string, value: number, step: number | null): void {
    this.metrics.push([name, value, step]);
  }

  output(stream: 'out' | 'err', chunk: Uint8Array): void {
    this.chunks[stream].push(Buffer.from(chunk));
    this.wake();
  }

  bytes(stream: 'out' | 'err'): Buffer {
    return Buffer.concat(this.chunks[stream]);
  }

  text(stream: 'out' | 'err'): string {
    return this.bytes(stream).toString('utf8');
  }

  /** Resolves when the condition holds after something was heard. */
  async until(condition: (observer: RecordingObserver) => boolean): Promise<void> {
    while (!condition(this)) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

/** A process that runs; a zombie does not. */
export function isAlive(pid: number): boolean {
  try {
    const text = readFileSync(`/proc/${String(pid)}/stat`, 'latin1');
    return !'ZX'.includes(text.slice(text.lastIndexOf(')') + 2, text.lastIndexOf(')') + 3));
  } catch {
    // No entry: the process is gone.
    return false;
  }
}

/** Polls until the condition holds; fails after the deadline with what was waited for. */
export async function waitUntil(what: string, condition: () => boolean | Promise<boolean>, seconds = 20): Promise<void> {
  const deadline = performance.now() + seconds * 1000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`waited ${String(seconds)} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
