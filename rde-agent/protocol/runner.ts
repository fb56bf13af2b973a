import { z } from 'zod';
import { DATASET_FORMATS } from '../../language/model/dataset.ts';
import { TableProfile } from './profile.ts';
import { TASK_ERROR_CODES } from './runEvents.ts';
import { Trace } from './trace.ts';

/**
 * The runner's wire: JSON lines `{"v":1,"method":…,"params":…}` in UTF-8, one object a line, between the agent and its
 * Python processes. Two kinds of connection:
 *
 * - **zygote control**: descriptor 3 of the zygote (a socket pair made at spawn). End of file on it means that the agent is
 *   gone: the zygote kills the process groups of its children and leaves.
 * - **worker**: each worker (a fork of the zygote, or a fresh interpreter) connects three times to the agent's unix socket
 *   and sends one `hello` line on each: stream `control`, `out`, `err`. After it, `out` and `err` carry the raw bytes of the
 *   task's stdout and stderr, and `control` carries messages. A worker runs one task and leaves; one that is told to `keep` its
 *   interpreter runs tasks of one module one after another until it is ended or leaves by itself.
 *
 * The agent starts `python -s -m cairn.zygote --socket PATH` or `python -s -m cairn.worker --socket PATH --token TOKEN`, with the
 * runner's folder as PYTHONPATH and current directory and an environment built from nothing. Two variables mark what belongs to a
 * task wherever it goes: `CAIRN_OWNER`, and `CAIRN_TASK`, which starts as as many `0` as a token has characters (32) and which a
 * forked child overwrites *in place* with its token (the bytes that /proc/PID/environ shows) and in `os.environ`; both stay set
 * in the task, so that its detached children are found and ended with it.
 *
 * `test/fixtures/runner/messages.jsonl` is checked by the TypeScript and the Python tests.
 */
/** Outputs whose file is at most this many bytes travel inside `succeeded` (base64) instead of by file. */
export const INLINE_BYTES = 65_536;

// ---------------------------------------------------------------- agent → zygote

/** A first-party source file to compile ahead, so that forked children inherit its code object by digest. */
const CodeFile = z.object({ path: z.string(), digest: z.string() });

export const ToZygote = z.discriminatedUnion('method', [
  /** Import packages (imports only, nothing called) before the next fork. Answered by `preloaded`. */
  z.object({ v: z.literal(1), method: z.literal('preload'), params: z.object({ id: z.int(), packages: z.array(z.string()) }) }),
  /** Compile these files into the cache of code objects that children inherit. Not answered. */
  z.object({ v: z.literal(1), method: z.literal('compile'), params: z.object({ files: z.array(CodeFile) }) }),
  /** Fork one child that connects with this token and waits for its task. Answered by `forked`. */
  z.object({ v: z.literal(1), method: z.literal('fork'), params: z.object({ token: z.string() }) }),
  /** Send a signal to the process group of a child that is still ours. */
  z.object({ v: z.literal(1), method: z.literal('signal'), params: z.object({ pid: z.int(), signal: z.int() }) }),
]);
export type ToZygote = z.infer<typeof ToZygote>;

// ---------------------------------------------------------------- zygote → agent

const PreloadProblem = z.object({ package: z.string(), message: z.string() });

export const FromZygote = z.discriminatedUnion('method', [
  z.object({ v: z.literal(1), method: z.literal('ready'), params: z.object({ pid: z.int(), python: z.string(), platform: z.string() }) }),
  /** `threads` = entries of /proc/self/task after the imports; anything but 1 means that this zygote must not fork. */
  z.object({
    v: z.literal(1),
    method: z.literal('preloaded'),
    params: z.object({
      id: z.int(),
      threads: z.int(),
      seconds: z.number(),
      imported: z.array(z.string()),
      problems: z.array(PreloadProblem),
    }),
  }),
  z.object({ v: z.literal(1), method: z.literal('forked'), params: z.object({ token: z.string(), pid: z.int() }) }),
  z.object({ v: z.literal(1), method: z.literal('forkFailed'), params: z.object({ token: z.string(), message: z.string() }) }),
  /** A child was reaped. `status` is the exit code or null, `signal` the signal's number or null; `maxRss` in bytes, times in seconds. */
  z.object({
    v: z.literal(1),
    method: z.literal('exited'),
    params: z.object({ pid: z.int(), status: z.int().nullable(), signal: z.int().nullable(), maxRss: z.int(), cpuSeconds: z.number() }),
  }),
]);
export type FromZygote = z.infer<typeof FromZygote>;

// ---------------------------------------------------------------- agent → worker

/** A value of an input port. Paths are absolute and read-only; `inline` is base64 of the same bytes. */
export type InputValue =
  | { readonly kind: 'file'; readonly path: string; readonly format: InputFormat; readonly columns: readonly string[] | null }
  | { readonly kind: 'inline'; readonly data: string; readonly format: InputFormat; readonly columns: readonly string[] | null }
  | { readonly kind: 'list'; readonly items: readonly InputValue[] }
  /** a list whose items are all inline and of one format: thousands of them */
  | {
      readonly kind: 'inlines';
      readonly data: readonly string[];
      readonly format: InputFormat;
      readonly columns: readonly string[] | null;
    };
export type InputFormat = 'parquet' | 'pickle' | 'json' | 'raw' | 'manifest';

const InputLeaf = {
  format: z.enum(['parquet', 'pickle', 'json', 'raw', 'manifest']),
  columns: z.array(z.string()).nullable(),
};
export const InputValue: z.ZodType<InputValue> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('file'), path: z.string(), ...InputLeaf }),
    z.object({ kind: z.literal('inline'), data: z.string(), ...InputLeaf }),
    z.object({ kind: z.literal('list'), items: z.array(InputValue) }),
    z.object({ kind: z.literal('inlines'), data: z.array(z.string()), ...InputLeaf }),
  ]),
);

/** A declared port type as the runner needs it: `list` nests. Columns only for tables: name and Arrow type in order. */
export type RunnerPortType =
  | { readonly kind: 'table'; readonly columns: readonly { readonly name: string; readonly type: string }[]; readonly open: boolean }
  | { readonly kind: 'model' | 'file' | 'directory' | 'json' | 'metrics' }
  | { readonly kind: 'list'; readonly of: RunnerPortType };
export const RunnerPortType: z.ZodType<RunnerPortType> = z.lazy(() =>
  z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('table'), columns: z.array(z.object({ name: z.string(), type: z.string() })), open: z.boolean() }),
    z.object({ kind: z.enum(['model', 'file', 'directory', 'json', 'metrics']) }),
    z.object({ kind: z.literal('list'), of: RunnerPortType }),
  ]),
);

/** Everything that one attempt of a task is given. */
export const TaskContext = z.object({
  run: z.string(),
  task: z.string(),
  attempt: z.int(),
  module: z.string(),
  /** folder of the module's files: first on the import path and current directory, read-only */
  root: z.string(),
  entry: z.object({ file: z.string(), function: z.string() }),
  /** digest of every first-party Python file, by path relative to `root`: code is loaded by digest, never by time */
  code: z.record(z.string(), z.string()),
  inputs: z.array(z.object({ name: z.string(), type: RunnerPortType, value: InputValue })),
  params: z.record(z.string(), z.json()),
  /** `profile` = the answer is to say what the table looks like (a version of a dataset that nobody has looked at yet) */
  outputs: z.array(z.object({ name: z.string(), type: RunnerPortType, profile: z.boolean().optional() })),
  /** only of the built-in entry: the fetched file that it reads into its only output; `types` = Arrow names that the source has told */
  source: z.object({ path: z.string(), format: z.enum(DATASET_FORMATS), types: z.record(z.string(), z.string()).optional() }).optional(),
  seed: z.int().nullable(),
  nominalTime: z.string().nullable(),
  /** private, writable, removed afterwards; `$TMPDIR` of the task */
  scratch: z.string(),
  /** where outputs are written, one file or folder per port */
  outputDir: z.string(),
  /** declared variables of the environment */
  variables: z.record(z.string(), z.string()),
  /** threads that numeric libraries may use again after the fork */
  threads: z.int(),
  /** bytes of data (heap and private memory) above what the worker has now; `null` = no limit */
  memory: z.int().nullable(),
  inlineBytes: z.int(),
  /** record what runs and what is looked at, and tell it with the success; absent = no. A kept interpreter never does */
  trace: z.boolean().optional(),
});
export type TaskContext = z.infer<typeof TaskContext>;

/** One task for a kept interpreter: what it has beyond the context that was to be kept. */
const KeptTask = z.object({ task: z.string(), attempt: z.int(), params: z.record(z.string(), z.json()) });

/**
 * Tasks of a batch; numbers count all that the interpreter is ever given, from 0, and `first` is that of the first of these. What a task leaves
 * in `scratch` is removed at its end. Outputs of the first one go to `outputDir`/`index`, those of the next to the next folder, which is made
 * when there is something for it.
 */
const KeptTasks = z.object({
  run: z.string(),
  first: z.int(),
  index: z.int(),
  scratch: z.string(),
  outputDir: z.string(),
  tasks: z.array(KeptTask),
});

export const ToWorker = z.discriminatedUnion('method', [
  z.object({ v: z.literal(1), method: z.literal('task'), params: TaskContext }),
  /**
   * Stay, and take `tasks`: all of them share this context but for what they bring themselves (of it `run`, `task`, `attempt`, `scratch` and
   * `outputDir` are not used). May come again with another context of the same module and code. Not answered.
   */
  z.object({ v: z.literal(1), method: z.literal('keep'), params: TaskContext }),
  /** Run these one after another. Answered by `ran`. */
  z.object({ v: z.literal(1), method: z.literal('tasks'), params: KeptTasks }),
]);
export type ToWorker = z.infer<typeof ToWorker>;

// ---------------------------------------------------------------- worker → agent

export const WorkerOutput = z.object({
  name: z.string(),
  type: z.enum(['table', 'model', 'file', 'directory', 'json', 'metrics']),
  format: z.enum(['parquet', 'pickle', 'json', 'raw', 'manifest']),
  /** absolute, inside `outputDir`; absent when `data` is there. A directory's `path` is its folder, its `data` a canonical JSON manifest */
  path: z.string().optional(),
  /** base64 of the bytes */
  data: z.string().optional(),
  digest: z.string(),
  logical: z.string(),
  /** `logical` is only the byte digest */
  exact: z.boolean(),
  bytes: z.int(),
  rows: z.int().optional(),
  columns: z.array(z.object({ name: z.string(), type: z.string(), digest: z.string() })).optional(),
  /** where it was asked for */
  profile: TableProfile.optional(),
});
export type WorkerOutput = z.infer<typeof WorkerOutput>;

/** Why a task failed, in the words of its worker. */
export const TaskFailureMessage = z.object({
  code: z.enum(TASK_ERROR_CODES),
  message: z.string(),
  /** relative to the module's folder */
  file: z.string().optional(),
  line: z.int().optional(),
  traceback: z.string().optional(),
});
export type TaskFailureMessage = z.infer<typeof TaskFailureMessage>;

/**
 * What happened in a kept interpreter, in order, as tuples that begin with their kind and the task's number. Outputs are those of
 * `succeeded`, shortened: `digest` is absent where `data` is there, `logical` where it equals the digest, `exact` where false.
 *
 * The third member is the seconds of the task. After a task that was long or has written anything (fourth member true) the worker writes its mark to
 * `out` and `err`: a zero byte, its token, and the task's number as four bytes, most significant first. So what the task printed lies before
 * its mark. The number of the task that runs is always in the file `SOCKET.TOKEN` beside the socket, in the same form (all ones = none), so
 * that a crash can be told to the task that met it. Two more numbers follow in it, written by the agent: tasks above the first and up to the
 * second are left out from then on, without a word, because they were given to another worker.
 */
export type RanEntry =
  | readonly ['ok', number, number, boolean, readonly ShortOutput[], { readonly [name: string]: number }]
  | readonly ['failed', number, number, boolean, TaskFailureMessage]
  | readonly ['progress', number, number, number | null, string]
  | readonly ['metric', number, string, number, number | null];
export type ShortOutput = Pick<WorkerOutput, 'name' | 'type' | 'format' | 'bytes'> & Partial<WorkerOutput>;

export const FromWorker = z.discriminatedUnion('method', [
  z.object({
    v: z.literal(1),
    method: z.literal('hello'),
    params: z.object({ token: z.string(), stream: z.enum(['control', 'out', 'err']), pid: z.int(), parent: z.int() }),
  }),
  z.object({
    v: z.literal(1),
    method: z.literal('progress'),
    params: z.object({ done: z.number(), total: z.number().nullable(), message: z.string() }),
  }),
  z.object({
    v: z.literal(1),
    method: z.literal('metric'),
    params: z.object({ name: z.string(), value: z.number(), step: z.int().nullable() }),
  }),
  z.object({
    v: z.literal(1),
    method: z.literal('succeeded'),
    params: z.object({
      outputs: z.array(WorkerOutput),
      metrics: z.record(z.string(), z.number()),
      /** seconds of each part */
      timing: z.object({ load: z.number(), read: z.number(), run: z.number(), write: z.number() }),
      /** where it was asked for: the trace, or why there is none, which makes the result uncacheable */
      trace: Trace.optional(),
      untraced: z.string().optional(),
    }),
  }),
  z.object({
    v: z.literal(1),
    method: z.literal('failed'),
    params: TaskFailureMessage,
  }),
  /** Of a kept interpreter, see RanEntry; checked entry by entry by who reads it. `leaving` = it ends after this, for this reason. */
  z.object({
    v: z.literal(1),
    method: z.literal('ran'),
    params: z.object({ entries: z.array(z.array(z.unknown())), leaving: z.string().optional() }),
  }),
]);
export type FromWorker = z.infer<typeof FromWorker>;
