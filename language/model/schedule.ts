import type { Json } from './json.ts';

export const CATCH_UPS = ['none', 'latest', 'all'] as const;
/** What becomes of fire times that passed while nobody could fire: dropped, only the last one is run, or all of them up to the limit. */
export type CatchUp = (typeof CATCH_UPS)[number];

export const OVERLAPS = ['skip', 'queue', 'cancel'] as const;
/** What a fire time does while the schedule's previous run is not finished: nothing, wait for it, or cancel it. */
export type Overlap = (typeof OVERLAPS)[number];

/** `schedule:` of a workflow, normalised. */
export interface Schedule {
  /** five or six fields (with seconds), as croner reads them */
  readonly cron: string;
  /** IANA zone */
  readonly timezone: string;
  readonly catchUp: CatchUp;
  /** the most runs that one catch-up starts, the newest ones; for `all` */
  readonly catchUpLimit: number;
  readonly overlap: Overlap;
  /** parameters of its runs; `${run.nominalTime}` of a step is the fire time */
  readonly params: { readonly [name: string]: Json };
}

export const DEFAULT_CATCH_UP_LIMIT = 100;

/** Fire times after `after` (RFC 3339 in UTC, exclusive), oldest first, at most `count`. Injected: croner knows zones and DST. */
export type NextFires = (schedule: Pick<Schedule, 'cron' | 'timezone'>, after: string, count: number) => readonly string[];
