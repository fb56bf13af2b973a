import type { AgentConfig } from '../protocol/agentConfig.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Authorize } from '../protocol/who.ts';
import type { Store } from '../store/store.ts';
import type { Audits } from './audits.ts';
import { Distrusts } from './distrusts.ts';
import { EntryAccess } from './entryAccess.ts';
import { KnownFailures } from './knownFailures.ts';
import { Leases } from './leases.ts';
import { RunInputs, type ReadSubmitted } from './runInputs.ts';

/** What of `agent.yaml` the rules of the cache go by. */
export type CacheConfig = Pick<AgentConfig, 'audit' | 'failures' | 'retention'>;

/** The rules by which results are stored, found and trusted, beside the keys and traces themselves. */
export interface CacheRules {
  /** one computation per key */
  readonly leases: Leases;
  /** who may be given which result */
  readonly access: EntryAccess;
  /** failures that would come again */
  readonly failures: KnownFailures;
  /** what audits have shown */
  readonly distrusts: Distrusts;
  /** results that are about to be thrown away: nobody finds them */
  readonly hidden: Set<string>;
  /** checks of reused results in the background */
  readonly audits: Audits;
}

export interface CacheRulesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly authorize: Authorize;
  readonly readSubmitted: ReadSubmitted;
  /** seconds for which certain failures are known */
  readonly keepFailures: number;
  readonly createAudits: (distrusts: Distrusts) => Audits;
}

export function createCacheRules(options: CacheRulesOptions): CacheRules {
  const { store, clock, authorize, readSubmitted, keepFailures } = options;
  const distrusts = new Distrusts(store.projections);
  const hidden = new Set<string>();
  return {
    hidden,
    leases: new Leases(clock),
    distrusts,
    access: new EntryAccess(authorize, new RunInputs(readSubmitted), distrusts, hidden),
    failures: new KnownFailures(clock, keepFailures),
    audits: options.createAudits(distrusts),
  };
}
