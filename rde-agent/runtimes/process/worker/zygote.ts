import { spawn, type ChildProcess } from 'node:child_process';
import { Socket } from 'node:net';
import type { Logger } from '../../../protocol/logger.ts';
import { FromZygote, type ToZygote } from '../../../protocol/runner.ts';
import { hasStreams } from '../execute.ts';
import { sendSignal } from './leftovers.ts';
import { LineReader } from './lineReader.ts';
import { Worker } from './worker.ts';
import { parseJson, type WorkerListener } from './workerListener.ts';

export interface ZygoteOptions {
  readonly python: string;
  readonly runnerFolder: string;
  readonly socket: string;
  readonly variables: { readonly [name: string]: string };
  readonly listener: WorkerListener;
  readonly newToken: () => string;
  readonly lineBytes: number;
  readonly startSeconds: number;
  readonly logger: Logger;
}

export interface Preloaded {
  readonly threads: number;
  readonly seconds: number;
  readonly imported: readonly string[];
  readonly problems: readonly { readonly package: string; readonly message: string }[];
}

interface Pending<T> {
  resolve(value: T): void;
  reject(error: Error): void;
}

const KEPT_CHARACTERS = 8192;

/** One Python process that imports packages and forks a child for each task. It ends when its control channel is closed. */
export class Zygote {
  readonly ready: Promise<void>;
  /** resolves when the process has ended */
  readonly gone: Promise<void>;
  isGone = false;
  isReady = false;
  private readonly createdAt = performance.now();
  /** tasks of children that are gone */
  private pastTasks = 0;
  private readonly options: ZygoteOptions;
  private readonly child: ChildProcess;
  private readonly control: Socket;
  private readonly byToken = new Map<string, Worker>();
  private readonly byPid = new Map<number, Worker>();
  private readonly preloads = new Map<number, Pending<Preloaded>>();
  private starting: Pending<void> = { resolve: () => undefined, reject: () => undefined };
  private lastPreload = 0;
  private printed = '';
  private problem = '';

  constructor(options: ZygoteOptions) {
    this.options = options;
    this.child = spawn(options.python, ['-s', '-m', 'cairn.zygote', '--socket', options.socket], {
      cwd: options.runnerFolder,
      env: { ...options.variables },
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.child.on('error', (error) => options.logger.warn('a zygote could not be started', { error: error.message }));
    const control = hasStreams(this.child) ? this.child.stdio[3] : undefined;
    if (!(control instanceof Socket)) throw new Error('the system gives no more files or processes');
    this.control = control;
    this.ready = new Promise((resolve, reject) => {
      this.starting = { resolve, reject };
    });
    this.ready.catch(() => undefined);
    this.gone = this.watchEnd();
    this.watchStart();
    this.readControl();
    this.keepPrinted();
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** RFC 3339 */
  get started(): string {
    return new Date(performance.timeOrigin + this.createdAt).toISOString();
  }

  /** that its children have been given */
  get tasks(): number {
    return this.children.reduce((sum, child) => sum + child.tasks, this.pastTasks);
  }

  get children(): readonly Worker[] {
    return [...this.byToken.values()];
  }

  /** What it said last, for people: the cause when it cannot start. */
  get lastWords(): string {
    return `${this.printed}${this.problem}`.trim();
  }

  /** Rejects when the process ends before it has answered. */
  preload(packages: readonly string[]): Promise<Preloaded> {
    const id = ++this.lastPreload;
    return new Promise((resolve, reject) => {
      if (this.isGone) return reject(new Error('the zygote is gone'));
      this.preloads.set(id, { resolve, reject });
      this.send({ v: 1, method: 'preload', params: { id, packages: [...packages] } });
    });
  }

  compile(files: readonly { readonly path: string; readonly digest: string }[]): void {
    this.send({ v: 1, method: 'compile', params: { files: files.map(({ path, digest }) => ({ path, digest })) } });
  }

  fork(): Worker {
    const token = this.options.newToken();
    const { lineBytes, logger, listener } = this.options;
    const worker = new Worker({ token, parent: this.pid, role: 'forked', lineBytes, logger });
    this.byToken.set(token, worker);
    listener.expect(token, (greeting, socket, rest) => worker.attach(greeting, socket, rest));
    if (this.isGone) this.loseChild(worker);
    else this.send({ v: 1, method: 'fork', params: { token } });
    return worker;
  }

  /** A child that did not come: should it come later, it is refused and leaves. */
  giveUp(worker: Worker): void {
    this.forget(worker);
    worker.setExit({ kind: 'lost', message: `no child came within ${String(this.options.startSeconds)} s` });
    worker.close();
  }

  /** Ends the process and with it all its children, and waits for it. */
  async end(graceMilliseconds: number): Promise<void> {
    this.control.end();
    const timer = setTimeout(() => sendSignal(-this.pid, 'SIGKILL'), graceMilliseconds);
    await this.gone;
    clearTimeout(timer);
    for (const worker of this.byToken.values()) worker.close();
  }

  private send(message: ToZygote): void {
    if (!this.isGone && this.control.writable) this.control.write(`${JSON.stringify(message)}\n`);
  }

  private watchStart(): void {
    const timer = setTimeout(() => {
      this.problem = `\nit did not say hello within ${String(this.options.startSeconds)} s`;
      sendSignal(-this.pid, 'SIGKILL');
    }, this.options.startSeconds * 1000);
    const clear = (): void => clearTimeout(timer);
    this.ready.then(clear, clear);
  }

  private watchEnd(): Promise<void> {
    return new Promise((resolve) => {
      const end = (problem: string): void => {
        if (this.isGone) return;
        this.isGone = true;
        this.problem += problem;
        this.loseAll();
        resolve();
      };
      this.child.once('error', (error) => end(`\n${error.message}`));
      // `close` comes after the streams are read, so that the last words are complete; a child may hold them open, so `exit` counts too.
      this.child.once('close', (status, signal) => end(describeEnd(status, signal)));
      this.child.once('exit', (status, signal) => setTimeout(() => end(describeEnd(status, signal)), 200));
    });
  }

  private loseAll(): void {
    const error = new Error(`the zygote ended: ${this.lastWords}`);
    this.starting.reject(error);
    for (const pending of this.preloads.values()) pending.reject(error);
    this.preloads.clear();
    for (const worker of this.byToken.values()) this.loseChild(worker);
    this.control.destroy();
  }

  private loseChild(worker: Worker): void {
    worker.setExit({ kind: 'lost', message: 'the parent of the workers ended' });
    worker.signalGroup('SIGKILL');
    this.forget(worker);
  }

  private forget(worker: Worker): void {
    this.options.listener.forget(worker.options.token);
    if (this.byToken.has(worker.options.token)) this.pastTasks += worker.tasks;
    this.byToken.delete(worker.options.token);
    if (worker.pid !== undefined) this.byPid.delete(worker.pid);
  }

  private readControl(): void {
    const reader = new LineReader(this.options.lineBytes);
    this.control.on('error', (error) => this.options.logger.debug('the control channel of a zygote failed', { error: error.message }));
    this.control.on('data', (chunk: Buffer) => {
      const messages = reader.push(chunk)?.map((line) => FromZygote.safeParse(parseJson(line)));
      for (const message of messages ?? []) if (message.success) this.handle(message.data);
      if (messages === undefined || messages.some((message) => !message.success)) {
        this.problem += '\nit said something that is not a message of the runner';
        sendSignal(-this.pid, 'SIGKILL');
      }
    });
  }

  private handle(message: FromZygote): void {
    switch (message.method) {
      case 'ready':
        this.isReady = true;
        return this.starting.resolve();
      case 'preloaded':
        this.preloads.get(message.params.id)?.resolve(message.params);
        this.preloads.delete(message.params.id);
        return;
      case 'forked':
        return this.handleForked(message.params.token, message.params.pid);
      case 'forkFailed': {
        const worker = this.byToken.get(message.params.token);
        worker?.setExit({ kind: 'lost', message: `the fork failed: ${message.params.message}` });
        if (worker !== undefined) this.forget(worker);
        return;
      }
      case 'exited':
        return this.handleExited(message.params);
      default:
        return message satisfies never;
    }
  }

  private handleForked(token: string, pid: number): void {
    const worker = this.byToken.get(token);
    if (worker === undefined) return;
    this.byPid.set(pid, worker);
    worker.setPid(pid);
  }

  private handleExited(params: {
    readonly pid: number;
    readonly status: number | null;
    readonly signal: number | null;
    readonly maxRss: number;
  }): void {
    const worker = this.byPid.get(params.pid);
    if (worker === undefined) return;
    this.forget(worker);
    worker.setExit({ kind: 'exited', status: params.status, signal: params.signal, maxRss: params.maxRss });
  }

  private keepPrinted(): void {
    const keep = (chunk: string): void => {
      this.printed = (this.printed + chunk).slice(-KEPT_CHARACTERS);
    };
    this.child.stdout?.setEncoding('utf8').on('data', keep);
    this.child.stderr?.setEncoding('utf8').on('data', keep);
  }
}

function describeEnd(status: number | null, signal: NodeJS.Signals | null): string {
  return signal === null ? `\nit left with code ${String(status)}` : `\nit was ended by ${signal}`;
}
