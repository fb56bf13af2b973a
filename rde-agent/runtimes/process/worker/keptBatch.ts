import type { Clock } from '../../../protocol/clock.ts';
import type { RanEntry } from '../../../protocol/runner.ts';
import type { BatchOutcome, BatchRequest, BatchResult, BatchTask } from '../../runtime.ts';
import { toFailureClass } from './classify.ts';

/** seconds of work that a worker is given ahead */
const AHEAD = 0.01;
/** most tasks given ahead */
const MOST = 1024;

type Ended = Extract<RanEntry, readonly ['ok' | 'failed', ...unknown[]]>;

export interface KeptBatchOptions {
  readonly request: BatchRequest;
  /** number of the first task: an interpreter counts all that it is ever given, so that no number means two tasks */
  readonly base: number;
  /** what a number is less as an index of the batch, of which others may have run in another interpreter before */
  readonly offset: number;
  readonly clock: Clock;
  /** takes tasks back from the interpreter that lie behind `after`; false = it cannot be told */
  readonly recall: (after: number, last: number) => boolean;
  /** hands tasks over to the interpreter; `first` = number of the first */
  readonly send: (first: number, tasks: readonly BatchTask[]) => void;
  /** every task that was taken has ended, and there are none left to take */
  readonly done: () => void;
}

/** The tasks of one batch in one interpreter, by number: how many it has, what it has said of them, and what it printed for whom. */
export class KeptBatch {
  readonly request: BatchRequest;
  /** task that was told as running, which what is printed now belongs to */
  private shown: number | undefined;
  /** number of the next task that is taken */
  taken: number;
  private readonly options: KeptBatchOptions;
  private readonly held = { out: [] as Buffer[], err: [] as Buffer[] };
  /** last task whose mark has come */
  private readonly marked = { out: -1, err: -1 };
  /** said to have ended, waiting for marks; in order */
  private readonly waiting: Ended[] = [];
  /** number of the first that has not ended, and of the first that the interpreter has not got */
  private ended: number;
  private top: number;
  /** those behind this one were asked back */
  private recalled: number | undefined;
  private isClosed = false;
  private window = 1;
  /** last task that was told as begun */
  private begun = -1;
  /** when the task that runs was first seen, and when it was last heard */
  private seen = { number: -1, since: 0, heard: 0 };

  constructor(options: KeptBatchOptions) {
    this.options = options;
    this.request = options.request;
    this.taken = this.ended = this.top = options.base;
  }

  /** Tasks that were handed over and have not ended. */
  get open(): number {
    return this.top - this.ended;
  }

  /** Hands over as many as the interpreter will have done soon. */
  fill(): void {
    // What was taken back lies behind what it has; more is given when it has come to that end.
    if (this.open === 0 && this.recalled === undefined) this.ended = this.top = this.taken;
    const mayGive = !this.isClosed && this.recalled === undefined && this.top === this.taken;
    if (mayGive && this.open <= this.window / 2) {
      const tasks = this.request.take(this.window - this.open);
      if (tasks.length > 0) {
        this.options.send(this.taken, tasks);
        this.top = this.taken += tasks.length;
      }
    }
    if (this.open === 0 && this.recalled === undefined) this.options.done();
  }

  /** The interpreter takes no more. */
  close(): void {
    this.isClosed = true;
  }

  take(entries: readonly RanEntry[]): void {
    for (const entry of entries) {
      if (entry[0] === 'progress') this.tellProgress(entry);
      else if (entry[0] === 'metric') this.tellMetric(entry);
      else this.waiting.push(entry);
    }
    this.settle();
  }

  bytes(stream: 'out' | 'err', chunk: Buffer): void {
    this.seen.heard = this.options.clock.monotonic();
    if (this.shown === undefined) this.held[stream].push(chunk);
    else this.request.observer.output(this.toIndex(this.shown), stream, chunk);
  }

  mark(stream: 'out' | 'err', number: number): void {
    this.release(stream, number);
    this.marked[stream] = number;
    if (this.shown !== undefined && this.shown <= this.marked.out && this.shown <= this.marked.err) this.shown = undefined;
    this.settle();
  }

  /**
   * Now and then, when the streams have just been read: `before` = the task that ran before that, `number` = the same where it still
   * runs. Answers what it has run out of.
   */
  look(before: number | undefined, number: number | undefined): 'timeout' | 'idle-timeout' | undefined {
    const now = this.options.clock.monotonic();
    this.takeBackRecalled(before);
    // What it is just leaving out is somebody else's already.
    if (number === undefined || number < this.ended || number >= this.top) return undefined;
    if (number !== this.seen.number) {
      this.seen = { number, since: now, heard: now };
      return undefined;
    }
    this.show(number);
    // Others need not wait behind one that takes long, where another interpreter could run them.
    if (number + 1 < this.top && this.recalled === undefined && this.options.recall(number, this.top - 1)) this.recalled = number;
    const { timeout, idleTimeout } = this.request;
    if (timeout !== undefined && now - this.seen.since >= timeout) return 'timeout';
    return idleTimeout !== undefined && now - this.seen.heard >= idleTimeout ? 'idle-timeout' : undefined;
  }

  /** The interpreter is gone: `outcome` is that of the task at `number`, of the others nothing is known. */
  break(number: number | undefined, outcome: BatchOutcome): void {
    // What has not been marked is of the one that ran; so is an answer whose mark will not come any more.
    for (const stream of ['out', 'err'] as const) if (number !== undefined && number >= this.ended) this.release(stream, number);
    const results = this.toResults(this.waiting.splice(0));
    const blamed = number ?? (results.length === 0 && this.ended === this.options.base ? this.ended : undefined);
    for (let at = this.ended; at < this.top; at++) {
      results.push({ index: this.toIndex(at), outcome: at === blamed ? outcome : { kind: 'untouched' }, mayHaveWritten: true });
    }
    this.ended = this.top = this.taken;
    if (results.length > 0) this.request.observer.ended(results);
  }

  /** Seconds that the task which runs has been seen running. */
  get seconds(): number {
    return Math.max(0, this.options.clock.monotonic() - this.seen.since);
  }

  /**
   * Those behind were asked back a moment ago. `before` may be one that the interpreter is just about to leave out: when it has nothing to do and all
   * that it has said is here, what is open then was left out too.
   */
  private takeBackRecalled(before: number | undefined): void {
    const isIdle = before === undefined && this.waiting.length === 0;
    if (isIdle && (this.recalled !== undefined || (this.open > 0 && this.top < this.taken))) this.takeBack(this.ended);
    else if (before !== undefined && this.recalled !== undefined) this.takeBack(Math.max(before, this.recalled, this.ended - 1) + 1);
  }

  /** The interpreter begins none from `first` on. */
  private takeBack(first: number): void {
    this.recalled = undefined;
    const { top } = this;
    if (first >= top) return this.fill();
    this.top = first;
    this.request.observer.ended(Array.from({ length: top - first }, (_, at) => this.toUntouched(first + at)));
    this.fill();
  }

  private show(number: number): void {
    if (this.shown === number) return;
    this.shown = number;
    this.begin(number);
    for (const stream of ['out', 'err'] as const) this.release(stream, number);
  }

  private begin(number: number): void {
    if (number <= this.begun) return;
    this.begun = number;
    this.request.observer.begun(this.toIndex(number));
  }

  private release(stream: 'out' | 'err', number: number): void {
    for (const chunk of this.held[stream].splice(0)) this.request.observer.output(this.toIndex(number), stream, chunk);
  }

  /** Tells those that have ended and whose output is here. */
  private settle(): void {
    let count = 0;
    for (const [, number, , isMarked] of this.waiting) {
      if (isMarked && (this.marked.out < number || this.marked.err < number)) break;
      count += 1;
    }
    if (count === 0) return;
    const ended = this.waiting.splice(0, count);
    this.adapt(ended);
    const results = this.toResults(ended);
    if (results.length === 0) return;
    this.request.observer.ended(results);
    this.fill();
  }

  /** What was told already, because it was taken back, is not told again. */
  private toResults(ended: readonly Ended[]): BatchResult[] {
    const results: BatchResult[] = [];
    for (const entry of ended) {
      const number = entry[1];
      if (number < this.ended || number >= this.top) continue;
      for (; this.ended < number; this.ended++) results.push(this.toUntouched(this.ended));
      this.ended = number + 1;
      results.push(toResult(entry, this.toIndex(number)));
    }
    return results;
  }

  private toIndex(number: number): number {
    return number - this.options.offset;
  }

  private toUntouched(number: number): BatchResult {
    return { index: this.toIndex(number), outcome: { kind: 'untouched' }, mayHaveWritten: false };
  }

  private adapt(ended: readonly Ended[]): void {
    const mean = ended.reduce((sum, [, , seconds]) => sum + seconds, 0) / ended.length;
    this.window = Math.max(1, Math.min(MOST, Math.floor(AHEAD / Math.max(mean, 1e-6))));
  }

  private tellProgress([, number, done, total, message]: Extract<RanEntry, readonly ['progress', ...unknown[]]>): void {
    this.seen.heard = this.options.clock.monotonic();
    this.request.observer.progress(this.toIndex(number), done, total, message);
  }

  private tellMetric([, number, name, value, step]: Extract<RanEntry, readonly ['metric', ...unknown[]]>): void {
    this.seen.heard = this.options.clock.monotonic();
    // The last value of a name comes with the result; of a series every point counts.
    if (step !== null) this.begin(number);
    this.request.observer.metric(this.toIndex(number), name, value, step);
  }
}

function toResult(entry: Ended, index: number): BatchResult {
  if (entry[0] === 'ok') {
    const [, , seconds, mayHaveWritten, outputs, metrics] = entry;
    return { index, outcome: { kind: 'succeeded', outputs, metrics, seconds }, mayHaveWritten };
  }
  const [, , seconds, mayHaveWritten, error] = entry;
  return { index, outcome: { kind: 'failed', failure: toFailureClass(error.code), error, seconds }, mayHaveWritten };
}
