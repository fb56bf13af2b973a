import type { RunsDocument, RunSummary } from '../../rde-agent/protocol/documents.ts';
import { RUNS_SHOWN } from '../../rde-agent/protocol/runsView.ts';

/** rows that are shown at first, and that each “show more” adds */
export const RUNS_AT_ONCE = 30;

/** Answers a page of runs, newest first, that are older than the run `after`. */
type AskPage = (query: { readonly after?: string; readonly workflow?: string; readonly limit: number }) => Promise<RunsDocument>;

/** What a list of runs shows: the newest ones, which are live, and older ones as far as a person has asked for them. */
export class RunHistory {
  readonly #ask: AskPage;
  #workflow: string | undefined;
  #limit = RUNS_AT_ONCE;
  #older: readonly RunSummary[] = [];
  #isWhole = false;

  constructor(ask: AskPage) {
    this.#ask = ask;
  }

  /** of which only runs are shown; `undefined` = of all */
  get workflow(): string | undefined {
    return this.#workflow;
  }

  /** `live`: the newest runs of all workflows. */
  list(live: readonly RunSummary[]): { readonly runs: readonly RunSummary[]; readonly hasMore: boolean } {
    const known = this.#merge(live);
    const isWhole = this.#isWhole || live.length < RUNS_SHOWN;
    return { runs: known.slice(0, this.#limit), hasMore: known.length > this.#limit || !isWhole };
  }

  /** Shows only runs of one workflow, from the newest on. */
  async filter(workflow: string | undefined, live: readonly RunSummary[]): Promise<void> {
    this.#workflow = workflow;
    this.#older = [];
    this.#isWhole = false;
    this.#limit = RUNS_AT_ONCE;
    await this.#fill(live);
  }

  async showMore(live: readonly RunSummary[]): Promise<void> {
    this.#limit += RUNS_AT_ONCE;
    await this.#fill(live);
  }

  /** A run was pinned, or is no longer: what is live is told by the agent, and older runs are read only once. */
  markPinned(run: string, pinned: boolean): void {
    this.#older = this.#older.map((one) => (one.run === run ? { ...one, pinned } : one));
  }

  /** Asks for pages until there is enough, or no more. */
  async #fill(live: readonly RunSummary[]): Promise<void> {
    if (live.length < RUNS_SHOWN) this.#isWhole = true;
    for (const workflow = this.#workflow; !this.#isWhole;) {
      const known = this.#merge(live);
      if (known.length >= this.#limit) return;
      const last = known.at(-1)?.run;
      const query = {
        limit: RUNS_AT_ONCE,
        ...(last === undefined ? {} : { after: last }),
        ...(workflow === undefined ? {} : { workflow }),
      };
      const page = await this.#ask(query);
      if (workflow !== this.#workflow) return; // another one is shown by now
      this.#older = [...this.#older, ...page.runs];
      this.#isWhole = page.after === undefined;
    }
  }

  /** What is live wins over what was read once. Run ids are in the order of time. */
  #merge(live: readonly RunSummary[]): readonly RunSummary[] {
    const known = new Map([...this.#older, ...live].map((run) => [run.run, run]));
    const fitting = [...known.values()].filter(({ workflow }) => this.#workflow === undefined || workflow === this.#workflow);
    return fitting.sort((a, b) => (a.run < b.run ? 1 : -1));
  }
}
