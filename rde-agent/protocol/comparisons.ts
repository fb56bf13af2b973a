import { z } from 'zod';
import { Reason } from './reason.ts';

/** The documents about runs beside one another: receipt, replay, diff (docs/cli.md). Fields are only ever added. */

const v = z.literal(1);
const DigestText = z.string();
const StateName = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped']);

/** What it takes to repeat a run and is not to be had here. */
export const Missing = z.object({
  kind: z.enum(['blob', 'source', 'python', 'node', 'package', 'secret']),
  /** digest, dataset, environment or secret */
  name: z.string(),
  /** that cannot run without it, where one can be named */
  step: z.string().optional(),
  message: z.string(),
});
export type Missing = z.infer<typeof Missing>;

/** `cairn receipt RUN [--out FOLDER] --json` */
export const ReceiptDocument = z.object({
  v,
  run: z.string(),
  /** of the receipt: its canonical JSON is a blob */
  digest: DigestText,
  receipt: z.record(z.string(), z.json()),
  /** number and bytes of the blobs that it names and that are here */
  blobs: z.int(),
  bytes: z.int(),
  missing: z.array(Missing),
  /** absolute; where it was written */
  folder: z.string().optional(),
});
export type ReceiptDocument = z.infer<typeof ReceiptDocument>;

/** One output in two runs, by its logical digest; `null` = there is none. */
const ComparedOutput = z.object({
  name: z.string(),
  before: DigestText.nullable(),
  after: DigestText.nullable(),
  equal: z.boolean(),
});

export const ReplayStep = z.object({
  step: z.string(),
  module: z.string().optional(),
  dataset: z.string().optional(),
  workflow: z.string().optional(),
  state: z.object({ before: StateName.nullable(), after: StateName.nullable() }),
  /** `null` = there is nothing to compare: it had no result, or it has none yet */
  equal: z.boolean().nullable(),
  outputs: z.array(ComparedOutput),
  /** its content came from outside and was taken from the receipt */
  pinned: z.boolean().optional(),
  /**
   * Why it is not equal. `determinism`: the module says that results may differ (`class`); `upstream`: a step above differs (`upstream`); `bytes`: only
   * bytes could be compared, and these may differ though the content is the same; `failed`: it has no result now; `unexplained`: it should be equal.
   */
  because: z.enum(['determinism', 'upstream', 'bytes', 'failed', 'unexplained']).optional(),
  class: z.string().optional(),
  upstream: z.string().optional(),
  message: z.string().optional(),
  missing: z.array(Missing).optional(),
});
export type ReplayStep = z.infer<typeof ReplayStep>;

/** `cairn replay RUN [--from FOLDER] --json` */
export const ReplayDocument = z.object({
  v,
  /** the replay; `null` = something is missing, so it did not begin */
  run: z.string().nullable(),
  /** the run that is repeated */
  of: z.string(),
  workflow: z.string(),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']).nullable(),
  steps: z.array(ReplayStep),
  /** every result that the run had came out equal; `null` = not known yet */
  equal: z.boolean().nullable(),
  missing: z.array(Missing),
});
export type ReplayDocument = z.infer<typeof ReplayDocument>;

const Both = z.object({ before: z.string().nullable(), after: z.string().nullable() });

const ColumnChange = z.object({
  column: z.string(),
  change: z.enum(['added', 'removed', 'type', 'content']),
  /** types */
  before: z.string().optional(),
  after: z.string().optional(),
});

const DiffOutput = ComparedOutput.extend({
  rows: z.object({ before: z.int().nullable(), after: z.int().nullable() }).optional(),
  /** tables only */
  columns: z.array(ColumnChange).optional(),
});

export const DiffStep = z.object({
  step: z.string(),
  module: z.string().optional(),
  dataset: z.string().optional(),
  workflow: z.string().optional(),
  in: z.enum(['both', 'before', 'after']),
  /** outputs, what they were computed from, and metrics are the same */
  equal: z.boolean(),
  state: z.object({ before: StateName.nullable(), after: StateName.nullable() }),
  decision: Both,
  seconds: z.object({ before: z.number().nullable(), after: z.number().nullable() }),
  /** what its task was given differently, most telling first */
  reasons: z.array(Reason),
  outputs: z.array(DiffOutput),
  metrics: z.array(z.object({ name: z.string(), before: z.number().nullable(), after: z.number().nullable() })),
});
export type DiffStep = z.infer<typeof DiffStep>;

/** A step of the graph of both runs; of a fan-out one for all its elements, and those of a nested workflow once however often it ran. */
export const DiffNode = z.object({
  /** path without elements: `check/score` */
  step: z.string(),
  kind: z.enum(['module', 'dataset', 'workflow']),
  /** of the module, dataset or workflow, in the later run where it has the step */
  name: z.string(),
  in: z.enum(['both', 'before', 'after']),
  /** paths of the steps of the same workflow that it needs, in either run */
  needs: z.array(z.string()),
});
export type DiffNode = z.infer<typeof DiffNode>;

const DiffSide = z.object({
  run: z.string(),
  workflow: z.string(),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']),
  started: z.string(),
  seconds: z.number(),
  tree: DigestText,
});

/** `cairn diff RUN RUN --json`. Of parameters, environments and metrics only what differs. */
export const DiffDocument = z.object({
  v,
  before: DiffSide,
  after: DiffSide,
  /** nothing differs but times and decisions */
  equal: z.boolean(),
  /** canonical JSON of the values */
  params: z.array(z.object({ name: z.string() }).extend(Both.shape)),
  environments: z.array(
    z
      .object({
        environment: z.string(),
        kind: z.enum(['python', 'node', 'platform', 'image', 'package', 'variable']),
        name: z.string().optional(),
      })
      .extend(Both.shape),
  ),
  steps: z.array(DiffStep),
  /** the steps of both runs with what they need, each nested one after the step that nests it; absent = of an agent of before there was one */
  graph: z.array(DiffNode).optional(),
});
export type DiffDocument = z.infer<typeof DiffDocument>;
