import type { Disposable } from '../protocol/roles.ts';
import type { Recorded, RunEvent } from '../protocol/runEvents.ts';
import type { RunsAction } from '../protocol/runsView.ts';
import type { Logger } from '../protocol/logger.ts';

export type RecordListener = (run: string, recorded: readonly Recorded<RunEvent>[]) => void;
export type CommitListener = (run: string, seq: number) => void;
export type RunsListener = (action: RunsAction) => void;

/** Who wants to know. A listener that throws is reported and does not keep the others, or the run, from going on. */
export class RunHub {
  readonly #logger: Logger;
  readonly #record = new Set<RecordListener>();
  readonly #commit = new Set<CommitListener>();
  readonly #runs = new Set<RunsListener>();

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  onDidRecord(listener: RecordListener): Disposable {
    return subscribe(this.#record, listener);
  }
  onDidCommit(listener: CommitListener): Disposable {
    return subscribe(this.#commit, listener);
  }
  onDidChangeRuns(listener: RunsListener): Disposable {
    return subscribe(this.#runs, listener);
  }

  recorded(run: string, recorded: readonly Recorded<RunEvent>[]): void {
    for (const listener of this.#record) this.#tell(() => listener(run, recorded));
  }
  committed(run: string, seq: number): void {
    for (const listener of this.#commit) this.#tell(() => listener(run, seq));
  }
  runsChanged(action: RunsAction): void {
    for (const listener of this.#runs) this.#tell(() => listener(action));
  }

  #tell(call: () => void): void {
    try {
      call();
    } catch (error) {
      this.#logger.error('A listener of runs failed', { error });
    }
  }
}

function subscribe<T>(listeners: Set<T>, listener: T): Disposable {
  listeners.add(listener);
  return { dispose: () => void listeners.delete(listener) };
}
