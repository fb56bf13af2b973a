import { z } from 'zod';

const v = z.literal(1);

/**
 * Saved = seconds that reused steps took when they were executed, of runs that asked for them; what would not have run counts nothing: skipped and
 * cancelled steps, steps of plans, audits and replays, steps that a rerun takes from its run as they are. A step that waited for the very execution
 * that it then reused is reused, and saves nothing. Executed = ran to a result; a step that is a workflow is not counted, what is inside of it is.
 */
export const LedgerRow = z.object({
  /** a run's id, a workflow's name, a namespace of workflows, or a day on which runs began (`2026-11-21`, UTC) */
  name: z.string(),
  /** nested ones are part of the run around them */
  runs: z.int(),
  /** runs with at least one reused step */
  reusing: z.int(),
  executed: z.int(),
  reused: z.int(),
  /** seconds that executed steps took */
  spentSeconds: z.number(),
  savedSeconds: z.number(),
});
export type LedgerRow = z.infer<typeof LedgerRow>;

/** `cairn ledger [--by run|workflow|namespace|day] [--since DAY] [--until DAY] --json`: rows newest or most saved first */
export const LedgerDocument = z.object({
  v,
  by: z.enum(['run', 'workflow', 'namespace', 'day']),
  since: z.string().nullable(),
  until: z.string().nullable(),
  total: LedgerRow,
  /** of the workflows that ran: the share (0 to 1) of which at least one run reused a step; `null` = nothing ran */
  reusingWorkflows: z.number().nullable(),
  rows: z.array(LedgerRow),
});
export type LedgerDocument = z.infer<typeof LedgerDocument>;
