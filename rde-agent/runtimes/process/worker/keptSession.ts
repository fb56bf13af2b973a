import type { Clock } from '../../../protocol/clock.ts';
import type { FromWorker } from '../../../protocol/runner.ts';
import type { WorkerRecord } from '../../../protocol/runEvents.ts';
import type { BatchOutcome, BatchRequest } from '../../runtime.ts';
import type { ProcessLimits } from '../options.ts';
import { waitForGroup } from './attempt.ts';
import { classifyExit, type MemoryWatch } from './classify.ts';
import { KeptBatch } from './keptBatch.ts';
import { MarkReader } from './markReader.ts';
import { toRanEntries } from './ranEntries.ts';
import { TaskPlace } from './taskPlace.ts';
import type { Exit, Worker, WorkerSink } from './worker.ts';
import type { StreamName } from './workerListener.ts';

export interface KeptSessionOptions {
  readonly worker: Worker;
  /** the file with the number of the task that runs */
  readonly place: string;
  readonly limits: ProcessLimits;
  readonly clock: Clock;
  readonly memory: MemoryWatch;
  /** ends what tasks have started outside the process group */
  readonly sweep: () => Promise<void>;
}

/** Milliseconds between two looks at the task that runs: what has run for two of them is worth telling. */
const LOOK_MILLISECONDS = 25;
/** Tasks after which an interpreter is ended: their numbers have four bytes. */
const NUMBERS = 2 ** 31;

/** One kept interpreter from its first batch to its end. */
export class KeptSession implements WorkerSink {
  private readonly options: KeptSessionOptions;
  private readonly place: TaskPlace;
  private readonly readers: { readonly out: MarkReader; readonly err: MarkReader };
  private readonly open = new Set<StreamName>(['control', 'out', 'err']);
  private batch: KeptBatch | undefined;
  /** number of the next task: they go on from batch to batch, since the interpreter may still be leaving out what was taken back from one */
  private next = 0;
  private resolve: () => void = () => undefined;
  private looking: NodeJS.Timeout | undefined;
  private lookingAgain: NodeJS.Immediate | undefined;
  private draining: NodeJS.Timeout | undefined;
  private leaving: NodeJS.Timeout | undefined;
  private kept = '';
  private exit: Exit | undefined;
  private isCancelled = false;
  /** why we ended it ourselves */
  private broken: BatchOutcome | undefined;
  isOver = false;

  constructor(options: KeptSessionOptions) {
    this.options = options;
    this.place = new TaskPlace(options.place);
    const toReader = (stream: 'out' | 'err'): MarkReader =>
      new MarkReader(options.worker.options.token, {
        bytes: (chunk) => this.batch?.bytes(stream, chunk),
        mark: (number) => this.batch?.mark(stream, number),
      });
    this.readers = { out: toReader('out'), err: toReader('err') };
  }

  get record(): WorkerRecord {
    const { worker } = this.options;
    return { mode: 'kept', pid: worker.pid ?? 0, parent: worker.options.parent };
  }

  /** that it has taken */
  get tasks(): number {
    return this.batch?.taken ?? this.next;
  }

  /** The interpreter waits for a batch. */
  get isIdle(): boolean {
    const isWell = !this.isOver && this.exit === undefined && this.broken === undefined && this.leaving === undefined;
    return isWell && this.batch === undefined && this.next < NUMBERS;
  }

  /**
   * Resolves when every task of the batch that was taken has been told, with the index of the next one; `base` = that of the first. Then
   * the interpreter waits, or is over.
   */
  async run(request: BatchRequest, base: number, signal: AbortSignal): Promise<number> {
    const done = new Promise<void>((resolve) => (this.resolve = resolve));
    const cancel = (): void => this.cancel();
    const { run, scratch, outputDir } = request.context;
    const offset = this.next - base;
    const batch = new KeptBatch({
      request,
      base: this.next,
      offset,
      recall: (after, last) => this.place.recall(after, last),
      clock: this.options.clock,
      send: (first, tasks) =>
        this.options.worker.send({
          v: 1,
          method: 'tasks',
          params: { run, first, index: first - offset, scratch, outputDir, tasks: [...tasks] },
        }),
      done: () => this.finish(),
    });
    this.batch = batch;
    request.observer.running(this.record);
    signal.addEventListener('abort', cancel, { once: true });
    this.options.worker.together(() => {
      this.keep(request);
      batch.fill();
    });
    if (signal.aborted) cancel();
    this.lookLater();
    await done;
    signal.removeEventListener('abort', cancel);
    if (this.isCancelled) await waitForGroup(this.options.worker.pid);
    this.next = batch.taken;
    return batch.taken - offset;
  }

  /** Ends an interpreter that is not needed any more. */
  end(): void {
    this.isOver = true;
    clearTimeout(this.leaving);
    this.options.worker.close();
    this.place.remove();
  }

  message(message: FromWorker): void {
    if (message.method !== 'ran') return this.nonsense(`it said ${message.method}`);
    const entries = toRanEntries(message.params.entries);
    if (entries === undefined) return this.nonsense('it told of a task in no known form');
    // It leaves; a process that hangs on its way out is helped.
    if (message.params.leaving !== undefined) {
      this.leaving ??= this.killLater(this.options.limits.leaveSeconds);
      this.batch?.close();
    }
    this.batch?.take(entries);
  }

  nonsense(message: string): void {
    this.break({
      kind: 'failed',
      failure: 'infrastructure',
      error: { code: 'worker-lost', message: `the worker was ended because ${message}` },
      seconds: 0,
    });
  }

  bytes(stream: 'out' | 'err', chunk: Buffer): void {
    this.readers[stream].push(chunk);
  }

  ended(stream: StreamName): void {
    this.open.delete(stream);
    if (stream === 'control' && this.exit === undefined) this.leaving ??= this.killLater(this.options.limits.drainSeconds);
    this.check();
  }

  exited(exit: Exit): void {
    this.exit = exit;
    this.check();
  }

  /** The context is sent when it is another than the last. */
  private keep({ context }: BatchRequest): void {
    const { worker } = this.options;
    const kept = JSON.stringify({
      v: 1,
      method: 'keep',
      params: { ...context, run: '', task: '', attempt: 0, scratch: '', outputDir: '' },
    });
    const isFirst = this.kept === '';
    if (kept === this.kept) return;
    this.kept = kept;
    if (isFirst) worker.begin(kept, this);
    else worker.sendLine(kept);
  }

  private finish(): void {
    this.batch = undefined;
    this.lookNoMore();
    this.resolve();
  }

  private lookLater(): void {
    // The streams are read in between, so what is seen to run now is what prints now.
    this.looking = setTimeout(() => {
      const before = this.place.read();
      this.lookingAgain = setImmediate(() => this.look(before, this.place.read() === before ? before : undefined));
    }, LOOK_MILLISECONDS);
  }

  /** Also a look that is half done: what it has seen is of the batch that has ended, and of two looks one would be older than a recall of the other. */
  private lookNoMore(): void {
    clearTimeout(this.looking);
    clearImmediate(this.lookingAgain);
  }

  private look(before: number | undefined, number: number | undefined): void {
    const { batch } = this;
    if (batch === undefined) return;
    const over = batch.look(before, number);
    if (this.batch === undefined) return;
    if (over === undefined) return this.lookLater();
    this.break({ kind: over, seconds: batch.seconds });
  }

  private cancel(): void {
    if (this.batch === undefined || this.isCancelled) return;
    this.isCancelled = true;
    this.broken ??= { kind: 'cancelled' };
    this.options.worker.signalGroup('SIGTERM');
    this.leaving ??= this.killLater(this.options.limits.graceSeconds);
  }

  private break(outcome: BatchOutcome): void {
    if (this.broken !== undefined) return;
    this.broken = outcome;
    this.kill();
  }

  private killLater(seconds: number): NodeJS.Timeout {
    return setTimeout(() => this.kill(), seconds * 1000);
  }

  private kill(): void {
    this.options.worker.signalGroup('SIGKILL');
    // A parent that hangs reports no exit.
    this.draining ??= setTimeout(() => this.over(), this.options.limits.drainSeconds * 1000);
  }

  /** It is over when the process has ended and its streams are read to their end. */
  private check(): void {
    if (this.exit === undefined) return;
    if (this.open.size === 0) return this.over();
    // Something that a task started outside its group may hold a stream.
    void this.options.sweep();
    this.draining ??= setTimeout(() => this.over(), this.options.limits.drainSeconds * 1000);
  }

  private over(): void {
    if (this.isOver) return;
    for (const timer of [this.draining, this.leaving]) clearTimeout(timer);
    this.lookNoMore();
    for (const reader of [this.readers.out, this.readers.err]) reader.end();
    const { batch } = this;
    batch?.break(this.place.read(), this.toOutcome(batch));
    this.end();
    void this.options.sweep();
    if (batch !== undefined) this.finish();
  }

  /** Of the task that ran when the process ended. */
  private toOutcome(batch: KeptBatch): BatchOutcome {
    if (this.broken !== undefined) return this.broken;
    if (this.exit === undefined || this.exit.kind === 'lost')
      return { kind: 'lost', message: this.exit?.message ?? 'the process vanished' };
    const { memory } = batch.request.context;
    return {
      kind: 'failed',
      ...classifyExit({ ...this.exit, memory, outOfMemory: this.options.memory.hasKilled() }),
      seconds: batch.seconds,
    };
  }
}
