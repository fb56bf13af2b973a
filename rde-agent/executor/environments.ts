import { CairnError } from '../protocol/errors.ts';
import type { PinnedEnvironment } from '../protocol/pinned.ts';
import type { Report, Runtime } from '../runtimes/runtime.ts';
import type { BlobCache } from './blobCache.ts';

/** Environments made ready, each once per runtime while this agent lives. */
export class Environments {
  readonly #blobs: BlobCache;
  readonly #signal: AbortSignal;
  readonly #preparing = new Map<string, Promise<void>>();
  readonly #ready = new Set<string>();

  /** `signal` = the agent stops. */
  constructor(blobs: BlobCache, signal: AbortSignal) {
    this.#blobs = blobs;
    this.#signal = signal;
  }

  isReady(runtime: Runtime, environment: PinnedEnvironment): boolean {
    return this.#ready.has(toKey(runtime, environment));
  }

  /** Rejects as `Runtime.prepare` does; the next call then tries again. */
  ensure(runtime: Runtime, environment: PinnedEnvironment, report: Report): Promise<void> {
    const key = toKey(runtime, environment);
    let preparing = this.#preparing.get(key);
    if (preparing === undefined) {
      preparing = this.#prepare(runtime, environment, report).then(
        () => void this.#ready.add(key),
        (error: unknown) => {
          this.#preparing.delete(key);
          throw error;
        },
      );
      this.#preparing.set(key, preparing);
    }
    return preparing;
  }

  /** After a failure that may come from the environment: the next task looks again. */
  forget(runtime: Runtime, environment: PinnedEnvironment): void {
    this.#preparing.delete(toKey(runtime, environment));
    this.#ready.delete(toKey(runtime, environment));
  }

  async #prepare(runtime: Runtime, environment: PinnedEnvironment, report: Report): Promise<void> {
    await runtime.prepare(environment, await this.#lockOf(environment), report, this.#signal);
  }

  async #lockOf({ lock, name }: PinnedEnvironment): Promise<string | null> {
    if (lock === null) return null;
    const bytes = await this.#blobs.read(lock);
    if (bytes === undefined) throw new CairnError('unknown-blob', `the lock file of environment ${name} is not here`);
    return new TextDecoder().decode(bytes);
  }
}

function toKey(runtime: Runtime, environment: PinnedEnvironment): string {
  return `${runtime.kind} ${environment.digest}`;
}
