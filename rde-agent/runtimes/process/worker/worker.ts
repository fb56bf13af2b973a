import type { Socket } from 'node:net';
import type { Logger } from '../../../protocol/logger.ts';
import { FromWorker, type TaskContext, type ToWorker } from '../../../protocol/runner.ts';
import { sendSignal } from './leftovers.ts';
import { LineReader } from './lineReader.ts';
import { parseJson, type Greeting, type StreamName } from './workerListener.ts';

/** How a process of a task ended. */
export type Exit =
  | { readonly kind: 'exited'; readonly status: number | null; readonly signal: number | null; readonly maxRss: number | null }
  /** its parent is gone, so nobody knows */
  | { readonly kind: 'lost'; readonly message: string };

/** Hears what a worker does while it has a task. */
export interface WorkerSink {
  message(message: FromWorker): void;
  /** it said something that is no message */
  nonsense(message: string): void;
  bytes(stream: 'out' | 'err', chunk: Buffer): void;
  ended(stream: StreamName): void;
  exited(exit: Exit): void;
}

export interface WorkerOptions {
  readonly token: string;
  /** pid of the parent, for the record */
  readonly parent: number;
  readonly role: 'forked' | 'spawned';
  readonly lineBytes: number;
  readonly logger: Logger;
}

/** One Python process that runs one task: its three streams, its pid and its end. Streams are read from the first byte on. */
export class Worker {
  readonly options: WorkerOptions;
  /** resolves when all three streams are there; rejects when the process ends before */
  readonly ready: Promise<void>;
  /** resolves when the process has ended */
  readonly gone: Promise<void>;
  isReady = false;
  /** milliseconds of `performance.now` */
  readyAt = Number.POSITIVE_INFINITY;
  exit: Exit | undefined;
  /** that it has been given */
  tasks = 0;
  private readonly createdAt = performance.now();
  private readonly streams = new Map<StreamName, Socket>();
  private readonly endedStreams = new Set<StreamName>();
  private process: number | undefined;
  private sink: WorkerSink | undefined;
  private settleReady: { resolve(): void; reject(error: Error): void } = { resolve: () => undefined, reject: () => undefined };
  private settleGone: () => void = () => undefined;

  constructor(options: WorkerOptions) {
    this.options = options;
    this.ready = new Promise((resolve, reject) => {
      this.settleReady = { resolve, reject };
    });
    this.gone = new Promise((resolve) => {
      this.settleGone = resolve;
    });
    // A spare may die before anybody waits for it.
    this.ready.catch(() => undefined);
  }

  /** RFC 3339 */
  get started(): string {
    return new Date(performance.timeOrigin + this.createdAt).toISOString();
  }

  get pid(): number | undefined {
    return this.process;
  }

  /** The process is a spare that can take a task now. */
  get isIdle(): boolean {
    return this.isReady && this.exit === undefined && this.sink === undefined && this.endedStreams.size === 0;
  }

  setPid(pid: number): void {
    this.process = pid;
    if (this.streams.size === 3) this.becomeReady();
  }

  attach(greeting: Greeting, socket: Socket, rest: Buffer): boolean {
    if (this.streams.has(greeting.stream) || (this.process !== undefined && this.process !== greeting.pid)) return false;
    this.streams.set(greeting.stream, socket);
    if (greeting.stream === 'control') this.readControl(socket, rest);
    else this.readBytes(greeting.stream, socket, rest);
    // Its end comes earlier than its close; a socket that fails has only the latter.
    socket.once('end', () => this.endStream(greeting.stream));
    socket.once('close', () => this.endStream(greeting.stream));
    if (this.streams.size === 3 && this.process !== undefined) this.becomeReady();
    return true;
  }

  /** Hands the task over: one write on a socket that is already there. */
  start(context: TaskContext, sink: WorkerSink): void {
    this.begin(JSON.stringify({ v: 1, method: 'task', params: context } satisfies ToWorker), sink);
  }

  send(message: ToWorker): void {
    this.sendLine(JSON.stringify(message));
  }

  /** A message as it goes over the wire. */
  sendLine(line: string): void {
    this.streams.get('control')?.write(`${line}\n`);
  }

  /** What is sent in it goes out in one write. */
  together(send: () => void): void {
    const control = this.streams.get('control');
    control?.cork();
    send();
    control?.uncork();
  }

  /** The first message; from now on the process belongs to `sink`. */
  begin(line: string, sink: WorkerSink): void {
    this.sink = sink;
    this.tasks += 1;
    this.sendLine(line);
    for (const stream of this.endedStreams) sink.ended(stream);
    if (this.exit !== undefined) sink.exited(this.exit);
  }

  setExit(exit: Exit): void {
    if (this.exit !== undefined) return;
    this.exit = exit;
    this.settleReady.reject(new Error(exit.kind === 'lost' ? exit.message : 'the process ended before it was ready'));
    this.settleGone();
    this.sink?.exited(exit);
  }

  /** To the whole process group; the process leads it. */
  signalGroup(signal: NodeJS.Signals): void {
    if (this.process !== undefined) sendSignal(-this.process, signal);
  }

  /** Ends a process that is not needed, and lets go of its streams. */
  close(): void {
    this.sink = undefined;
    if (this.exit?.kind !== 'exited') this.signalGroup('SIGKILL');
    for (const socket of this.streams.values()) socket.destroy();
  }

  private becomeReady(): void {
    if (this.isReady) return;
    this.isReady = true;
    this.readyAt = performance.now();
    this.settleReady.resolve();
  }

  private endStream(stream: StreamName): void {
    if (this.endedStreams.has(stream)) return;
    this.endedStreams.add(stream);
    this.sink?.ended(stream);
  }

  private readControl(socket: Socket, rest: Buffer): void {
    const reader = new LineReader(this.options.lineBytes);
    const read = (chunk: Buffer): void => {
      const lines = reader.push(chunk);
      if (lines === undefined) {
        socket.off('data', read);
        socket.resume();
        this.sink?.nonsense(`a message is longer than ${String(this.options.lineBytes)} bytes`);
        return;
      }
      for (const line of lines) this.readMessage(line);
    };
    if (rest.length > 0) read(rest);
    socket.on('data', read);
  }

  private readMessage(line: string): void {
    const value = parseJson(line);
    if (isRan(value)) return this.sink?.message(value);
    const message = FromWorker.safeParse(value);
    if (message.success && message.data.method !== 'hello') this.sink?.message(message.data);
    else this.sink?.nonsense(`"${line.slice(0, 200)}" is not a message of the runner`);
  }

  private readBytes(stream: 'out' | 'err', socket: Socket, rest: Buffer): void {
    if (rest.length > 0) this.sink?.bytes(stream, rest);
    socket.on('data', (chunk: Buffer) => this.sink?.bytes(stream, chunk));
  }
}

/** By hand, because thousands of entries come this way; who reads them checks each. */
function isRan(value: unknown): value is Extract<FromWorker, { method: 'ran' }> {
  if (typeof value !== 'object' || value === null || !('method' in value) || value.method !== 'ran') return false;
  const params = 'params' in value ? value.params : undefined;
  return (
    typeof params === 'object' &&
    params !== null &&
    'entries' in params &&
    Array.isArray(params.entries) &&
    params.entries.every(Array.isArray)
  );
}
