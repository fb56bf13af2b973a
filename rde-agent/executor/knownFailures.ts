import type { Digest } from '../../language/model/names.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Reason } from '../protocol/reason.ts';
import type { TaskError, TaskErrorCode, TaskId } from '../protocol/runEvents.ts';

/** Breaches of the contract: with the same code, inputs and parameters they come again. Never memory, time, or an end that somebody asked for. */
const CERTAIN: ReadonlySet<TaskErrorCode> = new Set<TaskErrorCode>([
  'output-missing',
  'output-wrong',
  'output-unexpected',
  'entry-missing',
]);

/** failures remembered */
const KEPT = 1000;

interface KnownFailure {
  readonly error: TaskError;
  readonly run: string;
  readonly task: TaskId;
  /** monotonic seconds */
  readonly at: number;
}

/**
 * Failures that are certain to come again, for a short while: a task with the same key fails at once with the same error, and says whose it was. An
 * edit is another key; who forces a run does not ask. Only in memory: a restart forgets them.
 */
export class KnownFailures {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #seconds: number;
  readonly #known = new Map<Digest, KnownFailure>();

  /** `seconds` = how long one is known; 0 = not at all */
  constructor(clock: Pick<Clock, 'monotonic'>, seconds: number) {
    this.#clock = clock;
    this.#seconds = seconds;
  }

  note({ step }: TaskNode, key: Digest, failure: Omit<KnownFailure, 'at'>): void {
    const { determinism } = step.contract;
    if (this.#seconds === 0 || !CERTAIN.has(failure.error.code) || (determinism !== 'pure' && determinism !== 'seeded')) return;
    const [oldest] = this.#known.keys();
    if (this.#known.size >= KEPT && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, { ...failure, at: this.#clock.monotonic() });
  }

  find(key: Digest): { readonly error: TaskError; readonly reason: Reason; readonly run: string } | undefined {
    const known = this.#known.get(key);
    if (known === undefined) return undefined;
    const age = this.#clock.monotonic() - known.at;
    if (age > this.#seconds) {
      this.#known.delete(key);
      return undefined;
    }
    const { error, run } = known;
    const when = `${String(Math.round(age))} s ago in run ${run}`;
    const message = `the same code failed on the same inputs ${when}, and would again: edit it, or run with --force`;
    return { error: { ...error, message: `${error.message} (${message})` }, reason: { kind: 'known-failure', message }, run };
  }

  /** It was computed after all. */
  forget(key: Digest): void {
    this.#known.delete(key);
  }
}
