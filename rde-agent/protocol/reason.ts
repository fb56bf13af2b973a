import { z } from 'zod';

const REASON_KINDS = [
  'hit',
  'hit-after-wait',
  'no-prior',
  'code',
  'import',
  'file',
  'library',
  'package',
  'python',
  'platform',
  'image',
  'variable',
  'param',
  'input',
  'columns',
  'contract',
  'seed',
  'nominal-time',
  'determinism',
  'version',
  'salt',
  'scope',
  'expired',
  'blob-missing',
  'blob-corrupt',
  'lease-lost',
  'forced',
  'uncacheable',
  'condition',
  'known-failure',
] as const;

/** One change that decides, the smallest that can be named; lists of them are ordered, most telling first. */
export const Reason = z.object({
  kind: z.enum(REASON_KINDS),
  symbol: z.string().optional(),
  file: z.string().optional(),
  line: z.int().optional(),
  /** parameter, package, variable or port */
  name: z.string().optional(),
  before: z.string().optional(),
  after: z.string().optional(),
  /** the step above whose output differs */
  upstream: z.string().optional(),
  message: z.string(),
});
export type Reason = z.infer<typeof Reason>;
