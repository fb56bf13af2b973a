import { z } from 'zod';
import { isDigest, type Digest } from '../../language/model/names.ts';
import type { PinnedWorkflow } from './pinned.ts';
import type { OutputRecord } from './runEvents.ts';

/**
 * The receipt of a run: everything that it takes to repeat it elsewhere, and what it gave. Canonical JSON of it is a blob; it is made of the run's
 * own record alone, so it is the same whenever and wherever it is made. A receipt may come from anywhere: it is checked before it is used.
 */

const DigestText = z.custom<Digest>((value) => typeof value === 'string' && isDigest(value), 'not a digest');
const Text = z.string().max(4096);

/** A value that has the form that `schema` says; it is looser than the type: what is missing below is told by whoever reads it. */
function checked<T>(schema: z.ZodType): z.ZodType<T> {
  return z.custom<T>().superRefine((value, context) => {
    for (const { message, path } of schema.safeParse(value).error?.issues ?? [])
      context.addIssue({ code: 'custom', message, path: [...path] });
  });
}

const AnyOutput = z.looseObject({
  type: z.enum(['table', 'model', 'file', 'directory', 'json', 'metrics', 'list']),
  digest: DigestText,
  logical: DigestText,
  exact: z.boolean(),
  bytes: z.number().min(0),
  rows: z.number().optional(),
  columns: z.array(z.looseObject({ name: z.string(), type: z.string(), digest: DigestText })).optional(),
  format: z.enum(['parquet', 'pickle', 'json', 'raw', 'manifest', 'list']),
  get items(): z.ZodType {
    return z.array(AnyOutput).optional();
  },
});
const Output = checked<OutputRecord>(AnyOutput);

export const ReceiptTask = z.object({
  /** `train[ridge]`, `check/score` */
  path: Text,
  module: Text,
  kind: z.enum(['module', 'dataset', 'workflow']),
  state: z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped']),
  decision: z.enum(['executed', 'reused']).nullable(),
  key: z.string().nullable(),
  determinism: z.string(),
  seed: z.number().nullable(),
  /** of a dataset that the agent fetched: the version that its source had */
  version: z.string().optional(),
  /** of a reused result: who computed it */
  producer: z.object({ run: Text, task: Text }).optional(),
  /** of a nested workflow: its own run */
  run: Text.optional(),
  outputs: z.record(z.string(), Output),
  metrics: z.record(z.string(), z.number()),
  error: z.string().optional(),
});
export type ReceiptTask = z.infer<typeof ReceiptTask>;

const Environment = z.looseObject({
  digest: DigestText,
  name: z.string(),
  python: z.string(),
  platform: z.string(),
  lock: DigestText.nullable(),
  packages: z.record(z.string(), z.string()),
  image: z.string().nullable(),
  variables: z.record(z.string(), z.string()),
  node: z.string().optional(),
  secrets: z.array(z.string()).optional(),
});

const Port = z.looseObject({ name: z.string(), type: z.looseObject({ kind: z.string() }) });
const Contract = z.looseObject({
  name: z.string(),
  language: z.enum(['python', 'typescript']),
  entry: z.object({ file: z.string(), function: z.string() }),
  inputs: z.array(Port),
  params: z.array(z.looseObject({ name: z.string(), type: z.string() })),
  outputs: z.array(Port),
  resources: z.looseObject({ cpu: z.number(), memory: z.number() }),
  determinism: z.string(),
  seed: z.number().optional(),
  reuse: z.enum(['fork', 'worker']),
  preload: z.array(z.string()),
  cache: z.looseObject({ version: z.number(), salt: z.string() }),
});

const Step = z.looseObject({
  id: z.string().min(1),
  kind: z.enum(['module', 'dataset', 'workflow']),
  name: z.string(),
  artifact: DigestText,
  contract: Contract,
  environment: z.union([DigestText, z.literal('')]),
  inputs: z.record(z.string(), z.looseObject({})),
  params: z.record(z.string(), z.looseObject({ kind: z.enum(['literal', 'template']) })),
  retry: z.looseObject({ attempts: z.number(), backoff: z.number(), on: z.array(z.string()) }),
  cluster: z.string(),
  cache: z.enum(['on', 'off', 'refresh']),
  libraries: z.array(z.object({ name: z.string(), artifact: DigestText, folder: z.string() })).optional(),
});

const Workflow = z.looseObject({
  workflow: Text,
  workspace: Text,
  tree: DigestText,
  domain: z.enum(['experiment', 'production', 'adhoc']),
  params: z.record(z.string(), z.json()),
  environments: z.array(Environment),
  steps: z.array(Step),
  outputs: z.record(z.string(), z.looseObject({})),
});

const Definition = checked<PinnedWorkflow>(Workflow.extend({ workflows: z.array(Workflow).optional() }));

export const Receipt = z.object({
  v: z.literal(1),
  run: Text,
  workflow: Text,
  state: z.enum(['succeeded', 'failed', 'cancelled']),
  submitted: z.string(),
  finished: z.string(),
  /** RFC 3339; what `${run.nominalTime}` stood for */
  nominalTime: z.string().nullable(),
  /** everything pinned: code, libraries, environments, parameters, seeds; only steps that were part of the run */
  definition: Definition,
  /** of a nested run: what it was given */
  inputs: z.record(z.string(), Output),
  /** in the order in which they are shown */
  tasks: z.array(ReceiptTask),
  /** by path of a nested workflow: the run that it was */
  runs: z.record(z.string(), z.string()),
  /** every blob that repeating it takes, sorted: artifacts and their files, lock files, datasets that came from outside, inputs */
  blobs: z.array(DigestText),
});
export type Receipt = z.infer<typeof Receipt>;
