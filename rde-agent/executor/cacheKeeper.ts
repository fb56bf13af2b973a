import type { CatalogEvent } from '../protocol/catalogEvents.ts';
import { toCacheStream } from '../protocol/catalogEvents.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Logger } from '../protocol/logger.ts';
import { toRunStream } from '../protocol/runEvents.ts';
import type { Authorize } from '../protocol/who.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { Store } from '../store/store.ts';
import { AGENT, type Submitted } from './activeRunOptions.ts';
import { Audits } from './audits.ts';
import type { AuditServices } from './auditTask.ts';
import type { BesideStreams } from './besideStreams.ts';
import { createCacheRules, type CacheConfig, type CacheRules } from './cacheRules.ts';
import type { RunLibrary } from './runLibrary.ts';
import { toScope } from './scopes.ts';
import type { Slots } from './slots.ts';

/** Nothing is checked in the background, nothing is remembered of failures. */
export const NO_CACHE_CONFIG: CacheConfig = {
  audit: { share: 0, excused: 0, longest: 0 },
  failures: { keep: 0 },
  retention: { days: 90, bytes: null, every: null },
};

export interface CacheKeeperOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly authorize: Authorize;
  readonly runtimes: { readonly [cluster: string]: Runtime };
  readonly slots: Slots;
  readonly beside: BesideStreams;
  readonly config: CacheConfig;
  readonly library: () => RunLibrary;
  readonly auditServices: AuditServices;
}

/** Owns what the rules of the cache need beside runs: audits and what they have shown, and what is thrown away. */
export class CacheKeeper {
  readonly rules: CacheRules;
  readonly #options: CacheKeeperOptions;

  constructor(options: CacheKeeperOptions) {
    this.#options = options;
    const { store, clock, authorize, config } = options;
    this.rules = createCacheRules({
      store,
      clock,
      authorize,
      readSubmitted: (run) => this.#readSubmitted(run),
      keepFailures: config.failures.keep,
      createAudits: (distrusts) => new Audits({ ...options, config: config.audit, services: options.auditServices, distrusts, commit: (module, event) => this.#commit(module, event) }),
    });
  }

  async stop(): Promise<void> {
    await this.rules.audits.stop();
  }

  #readSubmitted(run: string): Submitted | undefined {
    const { library, store } = this.#options;
    const open = library().open.get(run);
    if (open !== undefined) return open.submitted;
    const first = store.events.first(toRunStream(run));
    return first?.event.type === 'run.submitted' ? first.event : undefined;
  }

  async #commit(module: string, event: CatalogEvent): Promise<void> {
    const { beside, store, clock } = this.#options;
    const { appends, settled } = beside.toAppends([{ stream: toCacheStream(module), event }], AGENT, toScope('experiment'), clock.now());
    try {
      await store.events.commit({ appends });
    } finally {
      settled();
    }
  }
}
