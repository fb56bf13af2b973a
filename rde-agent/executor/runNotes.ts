import type { Clock } from '../protocol/clock.ts';
import { toRunStream, type Recorded, type RunEvent } from '../protocol/runEvents.ts';
import type { Store } from '../store/store.ts';
import { AGENT } from './activeRunOptions.ts';
import type { RunHub } from './hub.ts';
import type { RunLibrary } from './runLibrary.ts';

export interface RunNotesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly hub: RunHub;
  readonly library: () => RunLibrary;
}

/** Writes down what was found out about tasks of a run, also when it has ended long ago. Such an event changes nothing of what the run came to. */
export class RunNotes {
  readonly #options: RunNotesOptions;

  constructor(options: RunNotesOptions) {
    this.#options = options;
  }

  /** Resolves when it is durable; of a run that is not known nothing is written. Rejects with `store-failed`. */
  async add(run: string, event: RunEvent): Promise<void> {
    const { library } = this.#options;
    const open = library().open.get(run);
    if (open !== undefined && !open.isFinished && !open.isStopped) {
      open.record(AGENT, [event]);
      return open.save();
    }
    await open?.ended;
    if (library().open.has(run)) return;
    return this.#append(run, event);
  }

  async #append(run: string, event: RunEvent): Promise<void> {
    const { store, clock, hub, library } = this.#options;
    const scope = library().scopeOf(run);
    if (scope === undefined) return;
    const stream = toRunStream(run);
    const expected = store.events.last(stream);
    const recorded: Recorded<RunEvent> = { seq: expected + 1, at: clock.now(), by: AGENT, scope, event };
    await store.events.commit({ appends: [{ stream, expected, by: AGENT, scope, at: recorded.at, events: [event] }] });
    library().forget(run);
    hub.recorded(run, [recorded]);
    hub.committed(run, recorded.seq);
  }
}
