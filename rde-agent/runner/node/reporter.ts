import type { Send } from './wire.ts';

/** People read progress: more than twenty a second only costs. */
const INTERVAL = 50;

/** What `import … from 'cairn'` reaches in a worker: progress and metrics of its task. */
export class Reporter {
  readonly metrics: { [name: string]: number } = {};
  readonly #send: Send;
  #pending: object | undefined;
  #sentAt = -Infinity;

  constructor(send: Send) {
    this.#send = send;
  }

  /** Throws TypeError or RangeError for what is no metric. */
  readonly logMetric = (name: string, value: number, step?: number): void => {
    if (typeof name !== 'string' || name === '') throw new TypeError('the name of a metric is text');
    if (step !== undefined && !Number.isInteger(step)) throw new TypeError(`the step of metric ${name} is an integer, not ${String(step)}`);
    this.metrics[name] = toFinite(`metric ${name}`, value);
    this.#send('metric', { name, value, step: step ?? null });
  };

  /** May be called as often as wanted: what comes faster than people can read is left out, the last one never. */
  readonly progress = (done: number, total?: number | null, message = ''): void => {
    const state = {
      done: toFinite('done', done),
      total: total === undefined || total === null ? null : toFinite('total', total),
      message: String(message),
    };
    const now = performance.now();
    if (now - this.#sentAt < INTERVAL) {
      this.#pending = state;
      return;
    }
    this.#pending = undefined;
    this.#sentAt = now;
    this.#send('progress', state);
  };

  flush(): void {
    if (this.#pending !== undefined) this.#send('progress', this.#pending);
    this.#pending = undefined;
  }
}

export function toFinite(what: string, value: unknown): number {
  if (typeof value !== 'number') throw new TypeError(`${what} is a number, not ${typeof value}`);
  if (!Number.isFinite(value)) throw new RangeError(`${what} is ${String(value)}; only finite numbers can be reported`);
  return value;
}
