import { z } from 'zod';
import { Reason } from './reason.ts';

/** The documents of cli.md: what `--json` prints and what operations answer. Fields are only ever added. */

const v = z.literal(1);
const DigestText = z.string();
const Position = z.object({ line: z.int(), column: z.int() });
const RangeDocument = z.object({ start: Position, end: Position });

export const DiagnosticDocument = z.object({
  file: z.string(),
  range: RangeDocument,
  severity: z.enum(['error', 'warning', 'info']),
  code: z.string(),
  message: z.string(),
  fix: z.string().optional(),
  /** what `fix` changes: all of them, or none */
  edits: z.array(z.object({ file: z.string(), range: RangeDocument, newText: z.string() })).optional(),
});
export type DiagnosticDocument = z.infer<typeof DiagnosticDocument>;

export const CheckDocument = z.object({ v, diagnostics: z.array(DiagnosticDocument) });
export type CheckDocument = z.infer<typeof CheckDocument>;

export const BuiltModule = z.object({
  module: z.string(),
  artifact: DigestText,
  rebuilt: z.boolean(),
  files: z.int(),
  bytes: z.int(),
  stages: z.object({ detect: z.number(), hash: z.number(), pack: z.number() }),
  seconds: z.number(),
});
export type BuiltModule = z.infer<typeof BuiltModule>;

export const BuiltEnvironment = z.object({
  environment: z.string(),
  digest: DigestText,
  python: z.string(),
  packages: z.int(),
  ready: z.boolean(),
  seconds: z.number(),
});
export type BuiltEnvironment = z.infer<typeof BuiltEnvironment>;

export const BuildDocument = z.object({ v, modules: z.array(BuiltModule), environments: z.array(BuiltEnvironment) });
export type BuildDocument = z.infer<typeof BuildDocument>;

export const PlanStep = z.object({
  step: z.string(),
  module: z.string().optional(),
  dataset: z.string().optional(),
  decision: z.enum(['hit', 'miss', 'conditional']),
  on: DigestText.optional(),
  reasons: z.array(Reason),
  predictedSeconds: z.number(),
  entry: z.string().optional(),
});
export type PlanStep = z.infer<typeof PlanStep>;

export const PlanDocument = z.object({
  v,
  workflow: z.string(),
  steps: z.array(PlanStep),
  saved: z.number(),
  predictedSeconds: z.number(),
});
export type PlanDocument = z.infer<typeof PlanDocument>;

const RunStateName = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);
const TaskStateName = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped']);

export const RunStepDocument = z.object({
  step: z.string(),
  module: z.string().optional(),
  dataset: z.string().optional(),
  state: TaskStateName,
  decision: z.enum(['executed', 'reused']).nullable(),
  reasons: z.array(Reason),
  seconds: z.number(),
  attempts: z.int(),
  cluster: z.string(),
  worker: z.object({ mode: z.enum(['forked', 'kept', 'spawned', 'cold']), pid: z.int(), parent: z.int() }).nullable(),
  outputs: z.record(z.string(), z.object({ digest: DigestText, logical: DigestText, type: z.string(), rows: z.int(), bytes: z.int() })),
  metrics: z.record(z.string(), z.number()),
  error: z
    .object({
      code: z.string(),
      message: z.string(),
      file: z.string().optional(),
      line: z.int().optional(),
      traceback: z.string().optional(),
    })
    .nullable(),
});
export type RunStepDocument = z.infer<typeof RunStepDocument>;

export const RunDocument = z.object({
  v,
  run: z.string(),
  workflow: z.string(),
  state: RunStateName,
  seconds: z.number(),
  saved: z.number(),
  started: z.string(),
  by: z.string(),
  steps: z.array(RunStepDocument),
});
export type RunDocument = z.infer<typeof RunDocument>;

export const RunSummary = z.object({
  run: z.string(),
  workflow: z.string(),
  state: RunStateName,
  started: z.string(),
  seconds: z.number(),
  by: z.string(),
});
export type RunSummary = z.infer<typeof RunSummary>;

export const RunsDocument = z.object({ v, runs: z.array(RunSummary), after: z.string().optional() });
export type RunsDocument = z.infer<typeof RunsDocument>;

export const AgentStatusDocument = z.object({
  v,
  pid: z.int(),
  port: z.int(),
  version: z.string(),
  protocol: z.int(),
  roles: z.array(z.enum(['workspace', 'run'])),
  workers: z.int(),
  state: z.string(),
  /** resident set size in bytes */
  rss: z.int(),
  started: z.string(),
});
export type AgentStatusDocument = z.infer<typeof AgentStatusDocument>;

const PushedArtifact = z.object({ module: z.string(), artifact: DigestText, tags: z.array(z.string()) });
export const PushDocument = z.object({ v, tree: DigestText, bytes: z.int(), changed: z.int(), artifacts: z.array(PushedArtifact) });
export type PushDocument = z.infer<typeof PushDocument>;

export const CancelDocument = z.object({ v, run: z.string(), state: RunStateName });
export type CancelDocument = z.infer<typeof CancelDocument>;

/** `contents` only in a preview (nothing was written). */
export const CreatedDocument = z.object({ v, created: z.array(z.string()), contents: z.record(z.string(), z.string()).optional() });
export type CreatedDocument = z.infer<typeof CreatedDocument>;

export const LogLine = z.object({ v, step: z.string(), attempt: z.int(), stream: z.enum(['out', 'err']), seq: z.int(), text: z.string() });
export type LogLine = z.infer<typeof LogLine>;

const DoctorCheck = z.object({
  name: z.string(),
  state: z.enum(['ok', 'missing', 'broken']),
  message: z.string(),
  next: z.string().optional(),
});
export const DoctorDocument = z.object({ v, checks: z.array(DoctorCheck) });
export type DoctorDocument = z.infer<typeof DoctorDocument>;

export const WhyDocument = z.object({
  v,
  run: z.string(),
  step: z.string(),
  decision: z.enum(['executed', 'reused']),
  against: z.string().optional(),
  reasons: z.array(Reason),
});
export type WhyDocument = z.infer<typeof WhyDocument>;

export const ErrorDocument = z.object({ v, error: z.object({ code: z.string(), message: z.string(), next: z.string() }) });
export type ErrorDocument = z.infer<typeof ErrorDocument>;
