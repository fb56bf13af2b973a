import type { ScheduleSummary } from '../protocol/documents.ts';
import type { Disposable } from '../protocol/roles.ts';
import type { SchedulesAction } from '../protocol/schedulesView.ts';

type Listener = (action: SchedulesAction) => void;

/** Tells who follows the schedules what has changed of one. A summary is made only for somebody. */
export class ScheduleNews {
  readonly #listeners = new Set<Listener>();

  onDidChange(listener: Listener): Disposable {
    this.#listeners.add(listener);
    return { dispose: () => void this.#listeners.delete(listener) };
  }

  /** `summarise` answers `undefined` where the workflow has no schedule any more. */
  tell(workflow: string, summarise: () => ScheduleSummary | undefined): void {
    if (this.#listeners.size === 0) return;
    const schedule = summarise();
    const action: SchedulesAction = schedule === undefined ? { type: 'scheduleRemoved', workflow } : { type: 'scheduleChanged', schedule };
    for (const listener of this.#listeners) listener(action);
  }
}
