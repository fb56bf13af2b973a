import { toCacheStream, toPinStream, type CatalogEvent } from '../protocol/catalogEvents.ts';
import type { AuditDocument, CacheStatus, GarbageDocument, PinDocument } from '../protocol/cacheDocuments.ts';
import type { Clock } from '../protocol/clock.ts';
import { CairnError } from '../protocol/errors.ts';
import type { Faults } from '../protocol/faults.ts';
import type { Logger } from '../protocol/logger.ts';
import type { CheckedParamsOf } from '../protocol/operations.ts';
import { toRunStream, type Recorded, type RunEvent } from '../protocol/runEvents.ts';
import type { Authorize } from '../protocol/who.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { Store } from '../store/store.ts';
import { AGENT, type Submitted } from './activeRunOptions.ts';
import { AuditRequests } from './auditRequests.ts';
import { Audits, type AuditsOptions } from './audits.ts';
import type { AuditServices } from './auditTask.ts';
import type { BesideStreams } from './besideStreams.ts';
import { CacheCounters } from './cacheCounters.ts';
import { createCacheRules, type CacheConfig, type CacheRules } from './cacheRules.ts';
import { Garbage } from './garbage.ts';
import { createGarbageWorld } from './garbageWorld.ts';
import type { RunLibrary } from './runLibrary.ts';
import { toScope } from './scopes.ts';
import type { Slots } from './slots.ts';
import type { BesideEvent } from './sourceHook.ts';

/** Nothing is checked in the background, nothing is remembered of failures, nothing is thrown away unasked. */
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
  readonly faults: Faults | undefined;
  readonly library: () => RunLibrary;
  readonly auditServices: AuditServices;
  /** Writes down what was found out about a task of a run. */
  readonly tell: AuditsOptions['tell'];
  /** Told of each change that is durable. */
  readonly onPinned: (run: string, pinned: boolean) => void;
  /** This content was deleted: what is remembered of it is wrong. */
  readonly onRemoved: Parameters<typeof createGarbageWorld>[0]['onRemoved'];
  /** Old results were thrown away. */
  readonly onCollected: () => void;
}

/** Owns what the rules of the cache need beside runs: audits and what they have shown, pins, and what is thrown away. */
export class CacheKeeper {
  readonly rules: CacheRules;
  readonly #options: CacheKeeperOptions;
  readonly #requests: AuditRequests;
  readonly #counters = new CacheCounters();
  #collecting: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: CacheKeeperOptions) {
    this.#options = options;
    const { store, clock, authorize, config } = options;
    const commit = (module: string, event: CatalogEvent): Promise<void> => this.#commit({ stream: toCacheStream(module), event });
    this.rules = createCacheRules({
      store,
      clock,
      authorize,
      readSubmitted: (run) => this.#readSubmitted(run),
      keepFailures: config.failures.keep,
      createAudits: (distrusts) => new Audits({ ...options, config: config.audit, services: options.auditServices, distrusts, commit }),
    });
    this.#requests = new AuditRequests({ store, rules: this.rules, commit });
    const { every } = config.retention;
    if (every !== null) this.#timer = setInterval(() => this.#collectUnasked(), every * 3600 * 1000).unref();
  }

  count(recorded: readonly Recorded<RunEvent>[]): void {
    this.#counters.count(recorded);
  }

  status(): CacheStatus {
    const { leases, audits } = this.rules;
    const { held, waiting } = leases.size;
    const demoted = this.#options.store.projections.demoted().length;
    return { ...this.#counters.now, leases: held, waiting, audited: audits.counts.checked, demoted };
  }

  audits(): AuditDocument {
    return this.#requests.show(this.rules.audits.reports);
  }

  /** Resolves when all of it was checked. Rejects with `unknown-module`. */
  async audit(request: CheckedParamsOf<'cache.audit'>): Promise<AuditDocument> {
    // Results of a run that has just ended may still be on their way to disk.
    const ending = [...this.#options.library().open.values()].filter((run) => run.isFinished);
    await Promise.all(ending.map((run) => run.ended));
    return this.#requests.check(request);
  }

  trust(module: string): Promise<AuditDocument> {
    return this.#requests.trust(module);
  }

  /** One at a time. */
  collect({ dryRun, days, bytes }: CheckedParamsOf<'cache.collect'>): Promise<GarbageDocument> {
    const { retention } = this.#options.config;
    const wanted = { days: days ?? retention.days, bytes: bytes ?? retention.bytes };
    const collected = this.#collecting.then(() => this.#collect(wanted, dryRun));
    this.#collecting = collected.catch(() => undefined);
    return collected;
  }

  async pin(run: string, pinned: boolean): Promise<PinDocument> {
    const { library, store, onPinned } = this.#options;
    const { origin } = library().get(run).view;
    if (origin?.kind === 'nested')
      throw new CairnError('invalid-request', `${run} is a step of run ${origin.run}`, {
        next: `Pin ${origin.run}: everything in it is kept with it.`,
      });
    if (store.projections.pinnedRuns().includes(run) !== pinned) {
      await this.#commit({ stream: toPinStream(run), event: { type: 'run.pinned', run, pinned } });
      onPinned(run, pinned);
    }
    return { v: 1, run, pinned };
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.rules.audits.stop();
    await this.#collecting;
  }

  async #collect(retention: { readonly days: number; readonly bytes: number | null }, isDry: boolean): Promise<GarbageDocument> {
    const { clock, logger } = this.#options;
    const began = clock.monotonic();
    const world = createGarbageWorld({
      ...this.#options,
      hidden: this.rules.hidden,
      commit: (event) => this.#commit({ stream: toCacheStream(''), event }),
    });
    const report = await new Garbage(world).collect(retention, isDry);
    if (!isDry) this.#options.onCollected();
    if (!isDry) logger.info('Old results were collected', { entries: report.entries, blobs: report.blobs, bytes: report.bytes });
    return { v: 1, dryRun: isDry, ...report, seconds: clock.monotonic() - began };
  }

  /** Not while there is something else to do. */
  #collectUnasked(): void {
    if (this.#options.library().open.size > 0) return;
    this.collect({ dryRun: false }).catch((error: unknown) => this.#options.logger.error('Old results could not be collected', { error }));
  }

  #readSubmitted(run: string): Submitted | undefined {
    const { library, store } = this.#options;
    const open = library().open.get(run);
    if (open !== undefined) return open.submitted;
    const first = store.events.first(toRunStream(run));
    return first?.event.type === 'run.submitted' ? first.event : undefined;
  }

  async #commit(beside: BesideEvent): Promise<void> {
    const { beside: streams, store, clock } = this.#options;
    const { appends, settled } = streams.toAppends([beside], AGENT, toScope('experiment'), clock.now());
    try {
      await store.events.commit({ appends });
    } finally {
      settled();
    }
  }
}
