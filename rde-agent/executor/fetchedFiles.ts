import { rmSync } from 'node:fs';
import type { Fetched } from '../integrations/source.ts';
import type { Clock } from '../protocol/clock.ts';

/** seconds that content is kept for a task that may still want it: one that failed is tried again */
const KEPT = 900;

interface KeptFile {
  readonly fetched: Fetched;
  /** monotonic seconds */
  since: number;
  /** tasks that have it and have not succeeded */
  users: number;
}

/**
 * Content on its way from a source to the task that reads it. It goes when its task has succeeded, when nobody has asked for it for a while, and when
 * the agent starts.
 */
export class FetchedFiles {
  readonly #files = new Map<string, KeptFile>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  find(request: string, version: string): Fetched | undefined {
    return this.#files.get(toKey(request, version))?.fetched;
  }

  /** Takes the file over and answers what to use: content that is here already may be read by somebody, so it stays and the new file goes. */
  keep(request: string, fetched: Fetched): Fetched {
    this.#sweep();
    const key = toKey(request, fetched.version);
    const known = this.#files.get(key);
    const since = this.#clock.monotonic();
    if (known === undefined) {
      this.#files.set(key, { fetched, since, users: 0 });
      return fetched;
    }
    remove(fetched);
    known.since = since;
    return known.fetched;
  }

  use(request: string, version: string): void {
    const kept = this.#files.get(toKey(request, version));
    if (kept === undefined) return;
    kept.users += 1;
    kept.since = this.#clock.monotonic();
  }

  release(request: string, version: string): void {
    const key = toKey(request, version);
    const kept = this.#files.get(key);
    if (kept === undefined) return;
    kept.users -= 1;
    if (kept.users > 0) return;
    remove(kept.fetched);
    this.#files.delete(key);
  }

  #sweep(): void {
    const now = this.#clock.monotonic();
    for (const [key, kept] of this.#files) {
      // A task that failed never says so: long after it began, its content is wanted by a new attempt at most, which fetches again.
      if (now - kept.since < KEPT * (kept.users > 0 ? 96 : 1)) continue;
      remove(kept.fetched);
      this.#files.delete(key);
    }
  }
}

function toKey(request: string, version: string): string {
  return `${request} ${version}`;
}

function remove({ path }: Fetched): void {
  rmSync(path, { force: true });
}
