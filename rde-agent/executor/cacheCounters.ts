import type { CacheStatus } from '../protocol/cacheDocuments.ts';
import type { Recorded, RunEvent } from '../protocol/runEvents.ts';
import { toSavedSeconds } from '../protocol/savedSeconds.ts';

/** What has become of tasks since the agent has started. */
export class CacheCounters {
  #hits = 0;
  #saved = 0;
  #misses = 0;
  #healed = 0;

  count(recorded: readonly Recorded<RunEvent>[]): void {
    for (const { event } of recorded) {
      if (event.type === 'task.reused') {
        this.#hits += 1;
        this.#saved += toSavedSeconds(event);
      } else if (event.type === 'task.started' && event.attempt === 1) {
        this.#misses += 1;
        const kind = event.reasons[0]?.kind;
        if (kind === 'blob-missing' || kind === 'blob-corrupt') this.#healed += 1;
      } else if (event.type === 'tasks.ran') this.#misses += event.ran.length;
    }
  }

  get now(): Pick<CacheStatus, 'hits' | 'saved' | 'misses' | 'healed'> {
    return { hits: this.#hits, saved: Math.round(this.#saved * 1e3) / 1e3, misses: this.#misses, healed: this.#healed };
  }
}
