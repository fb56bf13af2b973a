import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { CairnError } from '../../protocol/errors.ts';
import { packBlobs } from './packedBlobs.ts';
import type { FromWriter, SentTransaction, ToWriter, WireResult, WireTransaction, WriterData } from './writerProtocol.ts';

const SAMPLES = 64;

interface Waiting {
  readonly transaction: WireTransaction;
  readonly resolve: (result: WireResult) => void;
}

/**
 * The near end of the writer thread. While one batch is being committed, transactions gather into the next: nobody waits for
 * a timer, and under load many share one fsync.
 */
export class WriterClient {
  readonly #worker: Worker;
  readonly #samples: number[] = [];
  #waiting: Waiting[] = [];
  #sent: readonly Waiting[] | undefined;
  #batches = 0;
  #copying: (problem: string | null) => void = () => undefined;
  #dead: string | undefined;

  private constructor(worker: Worker) {
    this.#worker = worker;
    worker.on('message', (message: FromWriter) => this.#receive(message));
    worker.on('error', (error: Error) => this.#die(error.message));
    worker.on('exit', () => this.#die('the writer thread has ended'));
  }

  /** Rejects with `state-newer` or `state-damaged`. */
  static async open(script: URL, data: WriterData): Promise<WriterClient> {
    const worker = new Worker(script, { workerData: data, resourceLimits: { maxYoungGenerationSizeMb: 8 } });
    const [message] = (await once(worker, 'message')) as [FromWriter];
    if (message.kind === 'refused') {
      await worker.terminate();
      throw new CairnError(message.code, message.message);
    }
    return new WriterClient(worker);
  }

  commit(transaction: WireTransaction): Promise<WireResult> {
    if (this.#dead !== undefined) return Promise.resolve({ kind: 'failed', message: this.#dead });
    return new Promise((resolve) => {
      this.#waiting.push({ transaction, resolve });
      this.#send();
    });
  }

  /** A copy of the database as it is at one moment, durable when resolved. One at a time. */
  copy(to: string): Promise<void> {
    if (this.#dead !== undefined) return Promise.reject(new Error(this.#dead));
    return new Promise((resolve, reject) => {
      this.#copying = (problem) => (problem === null ? resolve() : reject(new Error(problem)));
      this.#post({ kind: 'copy', to });
    });
  }

  /** p50 of the last commits, seconds */
  commitSeconds(): number {
    const sorted = this.#samples.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)] ?? 0;
  }

  async close(): Promise<void> {
    if (this.#dead !== undefined) return;
    this.#dead = 'the store is closed';
    this.#post({ kind: 'close' });
    await new Promise<void>((resolve) => {
      this.#worker.on('message', (message: FromWriter) => {
        if (message.kind === 'closed') resolve();
      });
      this.#worker.once('exit', () => resolve());
    });
    await this.#worker.terminate();
  }

  #send(): void {
    if (this.#sent !== undefined || this.#waiting.length === 0) return;
    this.#sent = this.#waiting;
    this.#waiting = [];
    this.#batches += 1;
    this.#post({ kind: 'commit', batch: { id: this.#batches, transactions: this.#sent.map((one) => toSent(one.transaction)) } });
  }

  #post(message: ToWriter): void {
    this.#worker.postMessage(message);
  }

  #receive(message: FromWriter): void {
    if (message.kind === 'copied') return this.#copying(message.problem);
    if (message.kind !== 'results') return;
    if (message.seconds > 0) this.#samples.push(message.seconds);
    if (this.#samples.length > SAMPLES) this.#samples.shift();
    const sent = this.#sent ?? [];
    this.#sent = undefined;
    this.#send();
    sent.forEach((one, index) => one.resolve(message.results[index] ?? { kind: 'failed', message: 'no answer of the writer thread' }));
  }

  #die(message: string): void {
    this.#dead ??= message;
    const lost = [...(this.#sent ?? []), ...this.#waiting];
    this.#sent = undefined;
    this.#waiting = [];
    this.#copying(message);
    for (const one of lost) one.resolve({ kind: 'failed', message });
  }
}

function toSent(transaction: WireTransaction): SentTransaction {
  return { ...transaction, blobs: packBlobs(transaction.blobs) };
}
