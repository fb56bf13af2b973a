import type { WorkerRecord } from '../../rde-agent/protocol/runEvents.ts';
import type { BatchObserver, BatchOutcome, BatchResult, BatchTask } from '../../rde-agent/runtimes/runtime.ts';

/** Tasks of a batch, and everything that is told of them. What comes back untouched is handed out again, as an executor does. */
export class RecordingBatch implements BatchObserver {
  readonly workers: WorkerRecord[] = [];
  readonly begunTasks: number[] = [];
  readonly told: string[] = [];
  /** by number in the order of the parameters */
  readonly outcomes = new Map<number, BatchOutcome>();
  /** results that were told, those of tasks that were given back among them */
  times = 0;
  /** results of tasks that ended */
  ends = 0;
  /** what was told more than once */
  readonly twice: number[] = [];
  readonly #ended = new Set<number>();
  readonly #params: readonly BatchTask['params'][];
  readonly #queue: number[];
  /** number of the task behind each index */
  readonly #taken: number[] = [];
  readonly #chunks = new Map<string, Buffer[]>();

  constructor(params: readonly BatchTask['params'][]) {
    this.#params = params;
    this.#queue = params.map((_, number) => number);
  }

  take(count: number): readonly BatchTask[] {
    return this.#queue.splice(0, count).map((number) => {
      this.#taken.push(number);
      return { task: `task[${String(number)}]`, attempt: 1, params: this.#params[number] ?? {} };
    });
  }

  running(worker: WorkerRecord): void {
    this.workers.push(worker);
  }

  begun(index: number): void {
    this.begunTasks.push(this.#number(index));
  }

  progress(index: number, done: number, total: number | null, message: string): void {
    this.told.push(`${String(this.#number(index))} ${String(done)}/${String(total)} ${message}`);
  }

  metric(index: number, name: string, value: number, step: number | null): void {
    this.told.push(`${String(this.#number(index))} ${name} ${String(value)} ${String(step)}`);
  }

  output(index: number, stream: 'out' | 'err', chunk: Uint8Array): void {
    const key = `${String(this.#number(index))} ${stream}`;
    this.#chunks.set(key, [...(this.#chunks.get(key) ?? []), Buffer.from(chunk)]);
  }

  ended(results: readonly BatchResult[]): void {
    for (const { index, outcome } of results) {
      this.times += 1;
      if (this.#ended.has(index)) this.twice.push(index);
      this.#ended.add(index);
      const number = this.#number(index);
      if (outcome.kind === 'untouched') this.#queue.push(number);
      else {
        this.ends += 1;
        this.outcomes.set(number, outcome);
      }
    }
  }

  text(number: number, stream: 'out' | 'err'): string {
    return Buffer.concat(this.#chunks.get(`${String(number)} ${stream}`) ?? []).toString('utf8');
  }

  lastOf(number: number): BatchOutcome | undefined {
    return this.outcomes.get(number);
  }

  kinds(): readonly (string | undefined)[] {
    return this.#params.map((_, number) => this.outcomes.get(number)?.kind);
  }

  /** The value of each task's only output. */
  results(): readonly unknown[] {
    return this.#params.map((_, number) => {
      const outcome = this.outcomes.get(number);
      if (outcome?.kind !== 'succeeded') return outcome;
      return JSON.parse(Buffer.from(outcome.outputs[0]?.data ?? '', 'base64').toString('utf8')) as unknown;
    });
  }

  #number(index: number): number {
    return this.#taken[index] ?? -1;
  }
}
