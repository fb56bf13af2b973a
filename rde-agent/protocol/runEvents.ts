import type { Digest } from '../../language/model/names.ts';
import type { FailureClass } from '../../language/model/workflow.ts';
import type { KeyParts } from './keyParts.ts';
import type { PinnedWorkflow } from './pinned.ts';
import type { Reason } from './reason.ts';
import type { Json } from '../../language/model/json.ts';
import type { Scope } from './who.ts';

/** Path of a task inside its run: `clean`, `train[ridge]`. */
export type TaskId = string;

/** The step that a task belongs to: what stands before the element of a fan-out. */
export function toStepId(task: TaskId): string {
  return task.split('[', 1)[0] ?? task;
}

export type StartMode = 'forked' | 'kept' | 'spawned' | 'cold';

/** The process that a task ran in. */
export interface WorkerRecord {
  readonly mode: StartMode;
  readonly pid: number;
  /** the zygote's pid, or the agent's for a spawned one */
  readonly parent: number;
}

/** One published output. `logical` equals `digest` where no logical digest could be computed (`exact: true` says so). */
export interface OutputRecord {
  readonly type: 'table' | 'model' | 'file' | 'directory' | 'json' | 'metrics' | 'list';
  /** of the stored bytes (for a directory: of its manifest) */
  readonly digest: Digest;
  readonly logical: Digest;
  /** true = `logical` is only the byte digest, so there is no early cutoff */
  readonly exact: boolean;
  readonly bytes: number;
  /** tables only */
  readonly rows?: number;
  /** tables only: columns in order with their own logical digests, from which a projection's digest is computed */
  readonly columns?: readonly { readonly name: string; readonly type: string; readonly digest: Digest }[];
  /** how the bytes are to be read */
  readonly format: 'parquet' | 'pickle' | 'json' | 'raw' | 'manifest' | 'list';
  /** of a `list` (only outputs of nested workflows): its elements; `digest` is then over theirs, and no blob has it */
  readonly items?: readonly OutputRecord[];
}

/** Seconds inside the worker: importing the module, reading inputs, the entry function, checking and writing outputs. */
export interface TaskTiming {
  readonly load: number;
  readonly read: number;
  readonly run: number;
  readonly write: number;
}

/** Where an output's columns come from, at the floor: everything that the task was given. */
export interface LineageRecord {
  readonly output: string;
  readonly evidence: 'floor' | 'enforced';
  readonly sources: readonly { readonly task: TaskId; readonly port: string; readonly columns: readonly string[] | null }[];
}

/** Why an attempt failed, in a form that a person can act on. File and line point into the user's code. */
export interface TaskError {
  readonly code: TaskErrorCode;
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  /** trimmed to user code */
  readonly traceback?: string;
}

export const TASK_ERROR_CODES = [
  'user-error',
  'output-missing',
  'output-wrong',
  'output-unexpected',
  'input-unreadable',
  'entry-missing',
  'import-failed',
  'timeout',
  'killed',
  'out-of-memory',
  'worker-lost',
  'worker-start-failed',
  'environment-failed',
  'store-failed',
  'denied',
  'queue-timeout',
  'idle-timeout',
  'nested-failed',
  'source-failed',
  'schema-mismatch',
  'fan-out-failed',
  'condition-failed',
  'quarantined',
] as const;
export type TaskErrorCode = (typeof TASK_ERROR_CODES)[number];

/** user: the code or its contract; infrastructure: ours or the machine's; resource: memory, disk. */
export type TaskFailureClass = FailureClass;

/** What a run came from, beside a person's submit. */
export type RunOrigin =
  /** `task` of run `run` is this run */
  | { readonly kind: 'nested'; readonly run: string; readonly task: TaskId }
  /** `fork`: results of that run stand wherever they are still right; `replay`: everything pinned as in that run, nothing reused */
  | { readonly kind: 'rerun' | 'clone' | 'fork' | 'replay'; readonly run: string }
  | { readonly kind: 'schedule'; readonly schedule: string }
  | { readonly kind: 'trigger'; readonly via: 'call' | 'webhook'; readonly delivery?: string };

/** `from`: path inside of this run of the step that runs whatever; `null` = none. */
export interface ForkOf {
  /** the (nested) run that this one goes on from; `null` = there was none for this part */
  readonly run: string | null;
  readonly from: string | null;
}

/** What another run has recorded of a task. */
export interface GivenResult {
  readonly outputs: { readonly [port: string]: OutputRecord };
  readonly metrics: { readonly [name: string]: number };
}

/** Everything that a replay takes from the run that it repeats. Paths are those inside of this run: `check/score`. */
export interface ReplayOf {
  /** the (nested) run that is repeated: what `${run.id}` stands for */
  readonly run: string;
  /** by path of a task: datasets that came from outside, whose stored content stands for them */
  readonly pinned: { readonly [path: string]: GivenResult };
  /** by path of a nested workflow: the run that it was */
  readonly runs: { readonly [path: string]: string };
  /** of a run of another agent: its receipt (a blob), which the replay is compared with; absent in nested runs */
  readonly receipt?: Digest;
}

/** One task of a batch in a kept interpreter. Its attempt began and ended within the event. */
export interface RanTask {
  readonly task: TaskId;
  readonly attempt: number;
  readonly fence: number;
  readonly outputs: { readonly [port: string]: OutputRecord };
  readonly metrics: { readonly [name: string]: number };
  readonly seconds: number;
}

/** What speaks against a result. `before`, `after`: logical digests, `''` = none. */
export interface Distrust {
  readonly port: string;
  readonly before: string;
  readonly after: string;
  /** for people */
  readonly message: string;
}

/**
 * What happened in a run, in the order of its stream. These are the truth: rows are never rewritten, and a change of shape
 * needs a new version with an upcaster (store). Times are RFC 3339 with milliseconds, durations seconds.
 */
export type RunEvent =
  | {
      readonly type: 'run.submitted';
      readonly run: string;
      readonly definition: PinnedWorkflow;
      /** ids of tasks in an order in which each follows what it needs */
      readonly tasks: readonly TaskId[];
      /** run every task though it could be reused */
      readonly force: boolean;
      /** run only this step and what follows it; what is above must be reusable. `null` = everything */
      readonly from: string | null;
      readonly requestKey: string;
      /** absent = a person's submit of a working tree */
      readonly origin?: RunOrigin;
      /** of a nested run: what its workflow was given, by input */
      readonly inputs?: { readonly [name: string]: OutputRecord };
      /** of a fork and of what is nested in one: results of that run stand wherever they are still right */
      readonly fork?: ForkOf;
      /** of a replay and of what is nested in one: nothing is reused, and nothing is published in the cache */
      readonly replay?: ReplayOf;
      /** RFC 3339; the fire time of a schedule, inherited by nested runs; absent = none */
      readonly nominalTime?: string;
      /** results of another run that stand for tasks above `from`, whatever the cache says (rerun from a step) */
      readonly given?: { readonly [task: TaskId]: GivenResult };
    }
  /**
   * The elements of a fan-out over an upstream output are known: one value per element and name (those of literal names included). The step's
   * tasks are `step[0]`, `step[1]`, … and take the place of nothing: until then the step has one waiting task `step[*]`, which ends with this.
   */
  | {
      readonly type: 'step.expanded';
      readonly step: string;
      readonly values: { readonly [name: string]: readonly Json[] };
      readonly count: number;
    }
  /** The task is a nested workflow, and `run` is its run. After `task.started`. */
  | { readonly type: 'task.delegated'; readonly task: TaskId; readonly attempt: number; readonly run: string }
  /** Tasks of one step that ran one after another in one kept interpreter; each is started and succeeded by this. */
  | { readonly type: 'tasks.ran'; readonly step: string; readonly worker: WorkerRecord; readonly ran: readonly RanTask[] }
  | {
      readonly type: 'task.reused';
      readonly task: TaskId;
      /** `null` (with `parts`) = a nested workflow, which has no key: only where its result was given */
      readonly key: Digest | null;
      readonly parts: KeyParts | null;
      /** `''` = no entry of the cache: the result was given with the submission */
      readonly entry: string;
      readonly producer: { readonly run: string; readonly task: TaskId };
      readonly outputs: { readonly [port: string]: OutputRecord };
      readonly metrics: { readonly [name: string]: number };
      readonly lineage: readonly LineageRecord[];
      readonly reasons: readonly Reason[];
      /** measured seconds of the producer */
      readonly saved: number;
      /** the entry has another key, and its trace was verified: `key` is another name of it from now on; `excused`: see TraceVerdict */
      readonly trace?: 'same' | 'excused';
      /** as of the entry: files outside of everything declared are looked at before every reuse */
      readonly outside?: true;
    }
  | {
      readonly type: 'task.started';
      readonly task: TaskId;
      readonly attempt: number;
      /** fencing token: grows with every attempt of this task; a result with an older one is refused */
      readonly fence: number;
      /** `null` = the task cannot be keyed, so its result is not stored in the cache */
      readonly key: Digest | null;
      readonly parts: KeyParts | null;
      /** key of everything but code, packages and variables, see `toCandidateKey`; absent in logs of before it was recorded, or without a key */
      readonly candidate?: Digest;
      /** run or entry that the reasons compare with */
      readonly against: string | null;
      readonly reasons: readonly Reason[];
    }
  | { readonly type: 'task.running'; readonly task: TaskId; readonly attempt: number; readonly worker: WorkerRecord }
  | {
      readonly type: 'task.progress';
      readonly task: TaskId;
      readonly attempt: number;
      readonly done: number;
      readonly total: number | null;
      readonly message: string;
    }
  | {
      readonly type: 'task.metric';
      readonly task: TaskId;
      readonly attempt: number;
      readonly name: string;
      readonly value: number;
      readonly step: number | null;
    }
  | {
      readonly type: 'task.succeeded';
      readonly task: TaskId;
      readonly attempt: number;
      readonly fence: number;
      readonly outputs: { readonly [port: string]: OutputRecord };
      readonly metrics: { readonly [name: string]: number };
      readonly lineage: readonly LineageRecord[];
      /** from handing over to the worker until its result, user code and reading and writing included */
      readonly seconds: number;
      /** where those seconds went inside the worker; absent in logs of the first days */
      readonly timing?: TaskTiming;
      /** id of the cache entry that this event publishes; `null` = not cacheable */
      readonly entry: string | null;
      /** blob with the Trace; absent = only an equal key may reuse it */
      readonly trace?: Digest;
      /** the trace names files outside of everything declared: they are looked at before every reuse */
      readonly outside?: true;
      /** the task could not be traced, so nothing is known of what the result depends on: it is not kept (`entry` is null) */
      readonly untraced?: string;
    }
  | {
      readonly type: 'task.failed';
      readonly task: TaskId;
      readonly attempt: number;
      readonly failure: TaskFailureClass;
      readonly error: TaskError;
      readonly seconds: number;
      /** seconds until the next attempt; `null` = final */
      readonly retryIn: number | null;
      /** of a task that was not executed because it is known how it would end: why */
      readonly reasons?: readonly Reason[];
    }
  /** Another run computes the same, so this task waits for its end. `for` absent = who may not be told. */
  | { readonly type: 'task.waiting'; readonly task: TaskId; readonly for?: { readonly run: string; readonly task: TaskId } }
  /** An audit has executed the task again, and `port` came out different (`''` = it failed). May come when the run has ended: it stays what it was. */
  | ({ readonly type: 'task.distrusted'; readonly task: TaskId; readonly entry: string } & Distrust)
  /** The attempt's process is gone with an earlier agent; nothing of it was published. */
  | { readonly type: 'task.lost'; readonly task: TaskId; readonly attempt: number }
  /** `not-needed`: the join that it was for has enough. Absent = the run was cancelled. */
  | { readonly type: 'task.cancelled'; readonly task: TaskId; readonly because?: 'run' | 'not-needed' }
  /** `because`: the task above that failed or was skipped, or the task itself when its own condition was false (`reason` says so). */
  | { readonly type: 'task.skipped'; readonly task: TaskId; readonly because: TaskId; readonly reason?: 'upstream' | 'condition' | 'join' }
  | { readonly type: 'run.cancelRequested' }
  | { readonly type: 'run.finished'; readonly state: 'succeeded' | 'failed' | 'cancelled' };

/** An event as a stream holds it. `seq` is dense from 1 within the stream. */
export interface Recorded<E> {
  readonly seq: number;
  readonly at: string;
  /** principal id */
  readonly by: string;
  readonly scope: Scope;
  readonly event: E;
}

/** `run:/<id>` */
export function toRunStream(run: string): string {
  return `run:/${run}`;
}
