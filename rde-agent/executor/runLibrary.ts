import type { RunSummary } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import { toSummaryOrigin } from '../protocol/runDocument.ts';
import { toRunStream, type Recorded, type RunEvent } from '../protocol/runEvents.ts';
import { RUNS_SHOWN, type RunsView } from '../protocol/runsView.ts';
import { NO_RUN, reduceRunEvents, type RunView } from '../protocol/runView.ts';
import type { Scope } from '../protocol/who.ts';
import type { Store, StoreEvent } from '../store/store.ts';
import type { ActiveRun } from './activeRun.ts';

/** closed runs whose state is kept in memory, and the most tasks that all of them have together (about a kilobyte each) */
const KEPT = 16;
const KEPT_TASKS = 20_000;

export interface KnownRun {
  readonly view: RunView;
  readonly seq: number;
  readonly durable: number;
  readonly scope: Scope;
}

/** All runs: the open ones in memory, the closed ones as their streams say. */
export class RunLibrary {
  readonly #store: Store;
  readonly #open = new Map<string, ActiveRun>();
  readonly #closed = new Map<string, KnownRun>();

  constructor(store: Store) {
    this.#store = store;
  }

  get open(): ReadonlyMap<string, ActiveRun> {
    return this.#open;
  }

  add(run: ActiveRun): void {
    this.#open.set(run.run, run);
  }

  remove(run: string): void {
    this.#open.delete(run);
  }

  find(run: string): KnownRun | undefined {
    const open = this.#open.get(run);
    if (open !== undefined) return { view: open.stream.view(), seq: open.stream.seq, durable: open.stream.durable, scope: open.scope };
    return this.#closed.get(run) ?? this.#read(run);
  }

  /** There is more of a closed run than was read. */
  forget(run: string): void {
    this.#closed.delete(run);
  }

  /** Where a run belongs, without building its view; `undefined` = there is no such run. */
  scopeOf(run: string): Scope | undefined {
    return (this.#open.get(run) ?? this.find(run))?.scope;
  }

  /** Throws `unknown-run`. */
  get(run: string): KnownRun {
    const known = this.find(run);
    if (known === undefined) throw new CairnError('unknown-run', `There is no run ${run}`);
    return known;
  }

  events(run: string, after: number): readonly Recorded<RunEvent>[] {
    return this.#open.get(run)?.stream.after(after) ?? this.#store.events.read(toRunStream(run), after).filter(isOfRun);
  }

  /** The newest runs, those included that are not on disk yet. */
  shown(): RunsView {
    const runs = new Map(this.#store.projections.runs({ limit: RUNS_SHOWN }).map((summary) => [summary.run, summary]));
    for (const run of this.#open.values()) {
      if (run.submitted.origin?.kind === 'nested') continue;
      const isPinned = runs.get(run.run)?.pinned === true;
      runs.set(run.run, { ...toSummary(run), ...(isPinned ? { pinned: true } : {}) });
    }
    const newest = [...runs.values()].sort((a, b) => (a.run < b.run ? 1 : -1));
    return { runs: newest.slice(0, RUNS_SHOWN) };
  }

  #read(run: string): KnownRun | undefined {
    const events = this.events(run, 0);
    const last = events.at(-1);
    if (last === undefined) return undefined;
    const known: KnownRun = { view: reduceRunEvents(NO_RUN, events), seq: last.seq, durable: last.seq, scope: last.scope };
    // An open run that is not in memory (its record could not be written) will go on: only a finished one is kept.
    if (known.view.finished !== null) this.#keep(run, known);
    return known;
  }

  #keep(run: string, known: KnownRun): void {
    this.#closed.set(run, known);
    let tasks = 0;
    for (const { view } of this.#closed.values()) tasks += view.order.length;
    for (const [oldest, { view }] of this.#closed) {
      if (oldest === run || (this.#closed.size <= KEPT && tasks <= KEPT_TASKS)) return;
      this.#closed.delete(oldest);
      tasks -= view.order.length;
    }
  }
}

/** What `toRunSummary` says of a run's view, without building the view of ten thousand tasks. */
export function toSummary(run: ActiveRun): RunSummary {
  const { submitted, by, progress } = run;
  const { origin } = submitted;
  return {
    run: run.run,
    workflow: submitted.definition.workflow,
    by,
    ...progress,
    ...toSummaryOrigin(origin),
  };
}

const RUN_EVENTS = /^(run|step|task|tasks)\./;

function isOfRun(recorded: Recorded<StoreEvent>): recorded is Recorded<RunEvent> {
  return RUN_EVENTS.test(recorded.event.type);
}
