import { z } from 'zod';
import { CacheStatus } from './cacheDocuments.ts';
import { TableProfile } from './profile.ts';
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

export const BuiltWheel = z.object({
  /** absolute */
  file: z.string(),
  version: z.string(),
  digest: DigestText,
  bytes: z.int(),
  seconds: z.number(),
});
export type BuiltWheel = z.infer<typeof BuiltWheel>;

/** A module or a library. */
export const BuiltModule = z.object({
  module: z.string(),
  artifact: DigestText,
  rebuilt: z.boolean(),
  files: z.int(),
  bytes: z.int(),
  stages: z.object({ detect: z.number(), hash: z.number(), pack: z.number() }),
  seconds: z.number(),
  /** where one was asked for */
  wheel: BuiltWheel.optional(),
});
export type BuiltModule = z.infer<typeof BuiltModule>;

export const BuiltEnvironment = z.object({
  environment: z.string(),
  digest: DigestText,
  /** `''` = it is of TypeScript modules */
  python: z.string(),
  node: z.string().optional(),
  packages: z.int(),
  ready: z.boolean(),
  seconds: z.number(),
});
export type BuiltEnvironment = z.infer<typeof BuiltEnvironment>;

export const BuildDocument = z.object({
  v,
  modules: z.array(BuiltModule),
  environments: z.array(BuiltEnvironment),
  /** number of modules that were left out because nothing of them has changed, where that was asked */
  unchanged: z.int().optional(),
});
export type BuildDocument = z.infer<typeof BuildDocument>;

export const PlanStep = z.object({
  step: z.string(),
  module: z.string().optional(),
  dataset: z.string().optional(),
  workflow: z.string().optional(),
  /** of a fan-out: how many; `null` = not known before the step above has run */
  elements: z.int().nullable().optional(),
  decision: z.enum(['hit', 'miss', 'conditional']),
  on: DigestText.optional(),
  reasons: z.array(Reason),
  predictedSeconds: z.number(),
  /** of a hit: seconds that its reuse saves */
  saved: z.number().optional(),
  entry: z.string().optional(),
});
export type PlanStep = z.infer<typeof PlanStep>;

export const PlanDocument = z.object({
  v,
  workflow: z.string(),
  /** digest of the tree that was planned, as a workspace's view names its own */
  tree: DigestText.optional(),
  steps: z.array(PlanStep),
  saved: z.number(),
  predictedSeconds: z.number(),
});
export type PlanDocument = z.infer<typeof PlanDocument>;

const RunStateName = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled']);
const TaskStateName = z.enum(['queued', 'running', 'succeeded', 'failed', 'cancelled', 'skipped']);

const StepErrorDocument = z.object({
  code: z.string(),
  message: z.string(),
  file: z.string().optional(),
  line: z.int().optional(),
  traceback: z.string().optional(),
});

/** An audit has executed the task again and got another result; `port` `''` = it failed. Digests are logical ones. */
const DistrustDocument = z.object({ port: z.string(), before: z.string(), after: z.string(), message: z.string() });

export const RunStepDocument = z.object({
  step: z.string(),
  module: z.string().optional(),
  dataset: z.string().optional(),
  workflow: z.string().optional(),
  /** of a nested workflow: its own run */
  run: z.string().optional(),
  /** 0 = a fan-out over nothing, which has no tasks: `train[*]` */
  elements: z.int().optional(),
  state: TaskStateName,
  decision: z.enum(['executed', 'reused']).nullable(),
  reasons: z.array(Reason),
  /** somebody else computes the same, and it waits for that; named where it may be told */
  waitsFor: z.object({ run: z.string().optional(), step: z.string().optional() }).optional(),
  seconds: z.number(),
  attempts: z.int(),
  cluster: z.string(),
  worker: z.object({ mode: z.enum(['forked', 'kept', 'spawned', 'cold']), pid: z.int(), parent: z.int() }).nullable(),
  outputs: z.record(z.string(), z.object({ digest: DigestText, logical: DigestText, type: z.string(), rows: z.int(), bytes: z.int() })),
  metrics: z.record(z.string(), z.number()),
  error: StepErrorDocument.nullable(),
  /** absent = nothing is known against its result */
  distrusted: DistrustDocument.optional(),
  /** attempts before the newest, and the newest too while the next is waited for; `error` is `null` of one whose process was lost */
  earlier: z
    .array(
      z.object({
        attempt: z.int(),
        started: z.string(),
        finished: z.string(),
        end: z.enum(['failed', 'lost']),
        error: StepErrorDocument.nullable(),
      }),
    )
    .optional(),
});
export type RunStepDocument = z.infer<typeof RunStepDocument>;

const OriginDocument = z.object({
  kind: z.enum(['nested', 'rerun', 'clone', 'fork', 'replay', 'schedule', 'trigger']),
  run: z.string().optional(),
  task: z.string().optional(),
  schedule: z.string().optional(),
  via: z.string().optional(),
  delivery: z.string().optional(),
});

export const RunDocument = z.object({
  v,
  run: z.string(),
  workflow: z.string(),
  state: RunStateName,
  seconds: z.number(),
  saved: z.number(),
  started: z.string(),
  by: z.string(),
  /** the run whose step this one is */
  parent: z.string().optional(),
  origin: OriginDocument.optional(),
  nominalTime: z.string().optional(),
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
  parent: z.string().optional(),
  /** absent = a person's submit of a working tree, or nested in `parent` */
  origin: OriginDocument.optional(),
  /** Everything of it is kept. Absent in a list = it is not; absent in a change = as it was. */
  pinned: z.boolean().optional(),
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
  cache: CacheStatus.optional(),
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
  /** all but the first two: it never ran, or not yet, and the reasons say what kept it */
  decision: z.enum(['executed', 'reused', 'skipped', 'cancelled', 'failed', 'waiting']),
  against: z.string().optional(),
  reasons: z.array(Reason),
  /** what was found out about its result since; absent = nothing */
  distrusted: DistrustDocument.optional(),
});
export type WhyDocument = z.infer<typeof WhyDocument>;

const CatchUpName = z.enum(['none', 'latest', 'all']);
const OverlapName = z.enum(['skip', 'queue', 'cancel']);

/** `cairn schedule list|show|start|stop|pause|resume --json`. `declared`: a pushed workflow has it, nobody has started it. */
export const ScheduleSummary = z.object({
  workflow: z.string(),
  state: z.enum(['declared', 'active', 'paused']),
  cron: z.string(),
  timezone: z.string(),
  catchUp: CatchUpName,
  overlap: OverlapName,
  /** the next five fire times */
  next: z.array(z.string()),
  last: z.object({ nominalTime: z.string(), run: z.string(), state: RunStateName }).nullable(),
  /** runs that wait for the one before them */
  queued: z.int(),
});
export type ScheduleSummary = z.infer<typeof ScheduleSummary>;
export const SchedulesDocument = z.object({ v, schedules: z.array(ScheduleSummary) });
export type SchedulesDocument = z.infer<typeof SchedulesDocument>;

/** `cairn trigger WORKFLOW --json` (and REST, and webhooks) */
export const TriggerDocument = z.object({ v, run: z.string(), workflow: z.string(), uri: z.string() });
export type TriggerDocument = z.infer<typeof TriggerDocument>;

/** `cairn environment list|lock|sync --json` */
export const EnvironmentSummary = z.object({
  environment: z.string(),
  file: z.string(),
  python: z.string().nullable(),
  node: z.string().nullable(),
  packages: z.int(),
  digest: DigestText.nullable(),
  ready: z.boolean(),
  /** of the lock file, relative to the workspace; `null` = none */
  lock: z.string().nullable(),
  /** the lock no longer follows from its inputs */
  stale: z.boolean(),
  /** lock: whether the file was written anew */
  changed: z.boolean().optional(),
  seconds: z.number().optional(),
  problem: z.string().optional(),
});
export type EnvironmentSummary = z.infer<typeof EnvironmentSummary>;
export const EnvironmentsDocument = z.object({ v, environments: z.array(EnvironmentSummary) });
export type EnvironmentsDocument = z.infer<typeof EnvironmentsDocument>;

/** `cairn dataset list|show --json` */
export const DatasetVersion = z.object({
  version: z.string(),
  digest: DigestText,
  at: z.string(),
  run: z.string(),
  profile: TableProfile.nullable(),
});
export type DatasetVersion = z.infer<typeof DatasetVersion>;
export const DatasetSummary = z.object({
  dataset: z.string(),
  file: z.string(),
  source: z.string(),
  format: z.string(),
  owner: z.string().nullable(),
  domain: z.string(),
  columns: z.array(z.object({ name: z.string(), type: z.string(), labels: z.array(z.string()).nullable() })),
  /** newest first */
  versions: z.array(DatasetVersion),
});
export type DatasetSummary = z.infer<typeof DatasetSummary>;
export const DatasetsDocument = z.object({ v, datasets: z.array(DatasetSummary) });
export type DatasetsDocument = z.infer<typeof DatasetsDocument>;

/** `cairn lineage TARGET --json` */
const LineageSource = z.object({
  dataset: z.string(),
  column: z.string(),
  kind: z.enum(['direct', 'indirect']),
  evidence: z.enum(['enforced', 'proven', 'declared-tested', 'declared', 'floor']),
});
export type LineageSource = z.infer<typeof LineageSource>;
export const LineageDocument = z.object({
  v,
  target: z.string(),
  columns: z.array(z.object({ column: z.string(), from: z.array(LineageSource), labels: z.array(z.string()) })),
});
export type LineageDocument = z.infer<typeof LineageDocument>;

export const ErrorDocument = z.object({ v, error: z.object({ code: z.string(), message: z.string(), next: z.string() }) });
export type ErrorDocument = z.infer<typeof ErrorDocument>;
