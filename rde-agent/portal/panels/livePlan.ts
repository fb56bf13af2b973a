import { toCairnError, type CairnError } from '../../protocol/errors.ts';
import type { PlanDocument } from '../../protocol/documents.ts';
import type { Disposable } from '../../protocol/roles.ts';

/**
 * What a run would do, asked for anew whenever somebody says that it may be another: at most one question is under way, and what changes
 * meanwhile is asked for after it. While the agent is away the last answer stays; one that no longer holds and cannot be had anew goes.
 */
export class LivePlan implements Disposable {
  readonly #ask: (signal: AbortSignal) => Promise<PlanDocument>;
  readonly #onDidChange: () => void;
  readonly #ended = new AbortController();
  #asking: Promise<void> | undefined;
  #again = false;
  #plan: PlanDocument | null = null;
  #problem: CairnError | null = null;

  constructor(ask: (signal: AbortSignal) => Promise<PlanDocument>, onDidChange: () => void) {
    this.#ask = ask;
    this.#onDidChange = onDidChange;
  }

  get plan(): PlanDocument | null {
    return this.#plan;
  }

  /** Resolves when what was the state of things now has been asked about. Rejects with what came instead of a plan. */
  async refresh(): Promise<void> {
    this.#again = true;
    this.#asking ??= this.#answer().finally(() => (this.#asking = undefined));
    await this.#asking;
    if (this.#problem !== null) throw this.#problem;
  }

  dispose(): void {
    this.#ended.abort();
  }

  async #answer(): Promise<void> {
    const { signal } = this.#ended;
    while (this.#again && !signal.aborted) {
      this.#again = false;
      try {
        this.#plan = await this.#ask(signal);
        this.#problem = null;
      } catch (thrown) {
        this.#problem = toCairnError(thrown);
        if (this.#problem.code !== 'agent-unreachable') this.#plan = null;
      }
      if (!signal.aborted) this.#onDidChange();
    }
  }
}
