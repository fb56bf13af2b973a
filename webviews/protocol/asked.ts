import { toCairnError } from '../../rde-agent/protocol/errors.ts';
import type { Problem } from './dataPanel.ts';

/** What a panel asks the agent for once, and again only where it was not to be had. */
export class Asked<T> {
  readonly #ask: () => Promise<T>;
  readonly #onAnswer: (asked: Asked<T>) => void;
  #value: T | null = null;
  #problem: Problem | null = null;

  /** `onAnswer`: there is a value, or a problem; never told of a request that was cancelled. */
  constructor(ask: () => Promise<T>, onAnswer: (asked: Asked<T>) => void) {
    this.#ask = ask;
    this.#onAnswer = onAnswer;
  }

  /** `null` = not yet, or `problem` says why not */
  get value(): T | null {
    return this.#value;
  }

  get problem(): Problem | null {
    return this.#problem;
  }

  /** Never rejects. A value of before stays where there is no new one. */
  async ask(): Promise<void> {
    try {
      this.#value = await this.#ask();
      this.#problem = null;
    } catch (thrown) {
      const { code, message, next } = toCairnError(thrown);
      if (code === 'cancelled') return;
      this.#problem = { code, message, next };
    }
    this.#onAnswer(this);
  }

  /** The agent can be reached again: what it could not be asked before is asked now. */
  async askIfMissing(): Promise<void> {
    if (this.#value === null) await this.ask();
  }
}
