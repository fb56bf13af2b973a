import { z } from 'zod';

/** Documents about the rules of the cache. Fields are only ever added. */

const v = z.literal(1);

/** `cairn agent gc --json` */
export const GarbageDocument = z.object({
  v,
  /** nothing was deleted: this is what would have been */
  dryRun: z.boolean(),
  /** results that went, and content that went with them */
  entries: z.int(),
  blobs: z.int(),
  bytes: z.int(),
  /** what is left */
  kept: z.object({ entries: z.int(), blobs: z.int(), bytes: z.int() }),
  seconds: z.number(),
});
export type GarbageDocument = z.infer<typeof GarbageDocument>;

const DemotionDocument = z.object({
  module: z.string(),
  /** `unstable`: nothing of this code is reused; `exact`: only what has an equal key */
  to: z.enum(['unstable', 'exact']),
  code: z.string(),
  declared: z.string(),
  entry: z.string(),
  port: z.string(),
  before: z.string(),
  after: z.string(),
  message: z.string(),
});

const AuditReportDocument = z.object({
  entry: z.string(),
  module: z.string(),
  run: z.string(),
  step: z.string(),
  /** `bytes`: equal content, written as other bytes; `failed`: it failed this time; `unknown`: it could not be executed */
  result: z.enum(['equal', 'bytes', 'differs', 'failed', 'unknown']),
  message: z.string(),
});

/** `cairn agent audit --json` */
export const AuditDocument = z.object({
  v,
  /** newest first; of a check that was asked for, those of this time */
  checked: z.array(AuditReportDocument),
  /** checks that wait for a place that nobody wants */
  waiting: z.int(),
  /** what audits have shown, by module */
  demoted: z.array(DemotionDocument),
});
export type AuditDocument = z.infer<typeof AuditDocument>;

/** `cairn agent pin RUN --json` */
export const PinDocument = z.object({ v, run: z.string(), pinned: z.boolean() });
export type PinDocument = z.infer<typeof PinDocument>;

/** Since the agent has started. Part of `cairn agent status --json`. */
export const CacheStatus = z.object({
  /** tasks that were reused, and seconds that they had taken */
  hits: z.int(),
  saved: z.number(),
  /** tasks that were executed */
  misses: z.int(),
  /** of these: content of an earlier result was missing or damaged */
  healed: z.int(),
  /** keys that are computed at the moment, and tasks that wait for them */
  leases: z.int(),
  waiting: z.int(),
  /** results that were checked, and modules that audits have caught */
  audited: z.int(),
  demoted: z.int(),
});
export type CacheStatus = z.infer<typeof CacheStatus>;
