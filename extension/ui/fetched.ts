import * as vscode from 'vscode';
import { toCairnError, type CairnError } from '../../rde-agent/protocol/errors.ts';
import type { Disposable } from '../agent/emitter.ts';

/** milliseconds in which changes gather before the agent is asked again */
const GATHER = 300;
/** milliseconds between which an answer may be old by itself: clocks differ, and timers have a limit */
const SOONEST = 5_000;
const LATEST = 2 ** 31 - 1;

export interface FetchedOptions<T> {
  readonly ask: () => Promise<T>;
  /** Calls a listener at every change of it, while it is in sight. */
  readonly follow?: (listener: () => void) => Disposable;
  /** When an answer is old though nothing has changed, in milliseconds since 1970; `undefined` = never. */
  readonly oldAt?: (value: T) => number | undefined;
}

/**
 * An answer of the agent that a view shows: asked for when it is first in sight and again when it may be old, never while out of sight.
 * What was last known stays while the agent cannot be asked.
 */
export class Fetched<T> implements vscode.Disposable {
  readonly #options: FetchedOptions<T>;
  readonly #changed = new vscode.EventEmitter<undefined>();
  #isVisible = false;
  #isOld = true;
  #asking: Promise<void> | undefined;
  #due: NodeJS.Timeout | undefined;
  #following: Disposable | undefined;
  #timer: NodeJS.Timeout | undefined;
  #value: T | undefined;
  #problem: CairnError | undefined;
  /** only when the answer is another one, or whether there is a problem has changed */
  readonly onDidChange = this.#changed.event;

  constructor(options: FetchedOptions<T>) {
    this.#options = options;
  }

  /** as last known, without asking */
  get last(): T | undefined {
    return this.#value;
  }

  get problem(): CairnError | undefined {
    return this.#problem;
  }

  /** What is known; for the first time, waits for it. `undefined` = it could not be had. */
  async get(): Promise<T | undefined> {
    if (this.#value === undefined && this.#isOld) await this.#refresh();
    else if (this.#value === undefined) await this.#asking;
    return this.#value;
  }

  show(isVisible: boolean): void {
    this.#isVisible = isVisible;
    this.#following?.dispose();
    this.#following = undefined;
    this.#setTimer();
    if (!isVisible) return;
    this.#following = this.#options.follow?.(() => this.invalidate());
    if (this.#isOld || this.#problem !== undefined) this.invalidate();
  }

  /** Something has changed that the answer hangs on. */
  invalidate(): void {
    this.#isOld = true;
    if (!this.#isVisible) return;
    this.#due ??= setTimeout(() => {
      this.#due = undefined;
      void this.#refresh();
    }, GATHER);
  }

  dispose(): void {
    this.show(false);
    clearTimeout(this.#due);
    this.#changed.dispose();
  }

  /** One question at a time; what changed meanwhile is asked for after it. */
  async #refresh(): Promise<void> {
    if (this.#asking !== undefined) return this.#asking;
    this.#isOld = false;
    this.#asking = this.#ask();
    await this.#asking;
    this.#asking = undefined;
    if (this.#isOld) this.invalidate();
  }

  async #ask(): Promise<void> {
    const [value, problem] = [this.#value, this.#problem];
    try {
      this.#value = await this.#options.ask();
      this.#problem = undefined;
    } catch (error) {
      this.#problem = toCairnError(error);
    }
    this.#setTimer();
    const isSame = this.#problem?.message === problem?.message && JSON.stringify(this.#value) === JSON.stringify(value);
    if (!isSame) this.#changed.fire(undefined);
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const at = this.#isVisible && this.#value !== undefined ? this.#options.oldAt?.(this.#value) : undefined;
    if (at === undefined) return;
    this.#timer = setTimeout(() => this.invalidate(), Math.min(Math.max(at - Date.now(), SOONEST), LATEST));
  }
}
