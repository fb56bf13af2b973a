import type { EnvironmentDefinition } from '../../language/model/environment.ts';
import type { PinnedEnvironment } from '../protocol/pinned.ts';
import type { TaskError, TaskFailureClass, TaskTiming, WorkerRecord } from '../protocol/runEvents.ts';
import type { ShortOutput, TaskContext, WorkerOutput } from '../protocol/runner.ts';
import type { Trace } from '../protocol/trace.ts';

/** What a runtime can do, as data. */
export interface RuntimeCapabilities {
  /** effects outlive the agent, so intents must be durable before them and `adopt` works */
  readonly outlivesAgent: boolean;
  readonly startModes: readonly WorkerRecord['mode'][];
  /** a restricted view of the file system can be given to tasks */
  readonly restrictedView: boolean;
  readonly memoryLimit: boolean;
}

/** Progress of a long preparation, for people. */
export type Report = (message: string) => void;

/** An environment on this runtime that tasks can be launched into. */
export interface PreparedEnvironment {
  readonly environment: PinnedEnvironment;
  /** true = it had to be made now; the first task then reports mode `cold` */
  readonly made: boolean;
  readonly seconds: number;
}

/** What happens while a task runs. Calls are in order; none comes after `launch` has resolved. */
export interface TaskObserver {
  /** the process exists and has the task */
  running(worker: WorkerRecord): void;
  progress(done: number, total: number | null, message: string): void;
  metric(name: string, value: number, step: number | null): void;
  /** raw bytes of stdout or stderr, in order within one stream */
  output(stream: 'out' | 'err', chunk: Uint8Array): void;
}

export interface LaunchRequest {
  readonly environment: PinnedEnvironment;
  readonly context: TaskContext;
  /** packages that the worker's parent should have imported */
  readonly preload: readonly string[];
  /** `worker` = the same interpreter again is allowed by the contract */
  readonly reuse: 'fork' | 'worker';
  readonly observer: TaskObserver;
  /**
   * An interpreter of its own that shares no state with any other, at the lowest priority of the host: for executions that check others. `hashSeed`
   * is what the order of sets depends on, `cpus` what the task is told of the number of cores. Absent = as usual.
   */
  readonly fresh?: { readonly hashSeed: number; readonly cpus: number };
}

/**
 * How an attempt ended. Failing user code is an outcome, never an exception; `launch` rejects only for bugs and with the
 * abort reason's error never: a cancelled attempt resolves to `cancelled` after its process group is gone.
 */
export type Outcome =
  | {
      readonly kind: 'succeeded';
      readonly outputs: readonly WorkerOutput[];
      readonly metrics: { readonly [name: string]: number };
      /** seconds from handing the context over until the result */
      readonly seconds: number;
      readonly timing: TaskTiming;
      /** where the context asked for it; `untraced` = why there is none, so that the result must not be reused */
      readonly trace?: Trace | undefined;
      readonly untraced?: string | undefined;
    }
  | { readonly kind: 'failed'; readonly failure: TaskFailureClass; readonly error: TaskError; readonly seconds: number }
  | { readonly kind: 'cancelled' }
  /** the process vanished without an answer and without an exit that explains it; nothing is known of its effects */
  | { readonly kind: 'lost'; readonly message: string };

/** One task of a batch: what it has beyond the context of its batch, whose parameters its own go over. */
export interface BatchTask {
  readonly task: string;
  readonly attempt: number;
  readonly params: TaskContext['params'];
}

/** How a task of a batch ended. */
export type BatchOutcome =
  | {
      readonly kind: 'succeeded';
      readonly outputs: readonly ShortOutput[];
      readonly metrics: { readonly [name: string]: number };
      readonly seconds: number;
    }
  | Exclude<Outcome, { kind: 'succeeded' }>
  /** it took too long, or was silent too long, and was ended with its interpreter */
  | { readonly kind: 'timeout' | 'idle-timeout'; readonly seconds: number }
  /** it was taken and never began, or nobody knows that it ended: its attempt has not happened */
  | { readonly kind: 'untouched' };

export interface BatchResult {
  readonly index: number;
  readonly outcome: BatchOutcome;
  /** false = certainly no byte was written to any file while it ran */
  readonly mayHaveWritten: boolean;
}

/** What happens in a batch. `index` counts the tasks in the order in which they were taken, from 0. None comes after `launchBatch` has resolved. */
export interface BatchObserver {
  /** the interpreter that the tasks run in; before anything else */
  running(worker: WorkerRecord): void;
  /** This task has run for a moment already: it is worth telling. At most once a task, and not for those that end before. */
  begun(index: number): void;
  progress(index: number, done: number, total: number | null, message: string): void;
  metric(index: number, name: string, value: number, step: number | null): void;
  /** raw bytes of stdout or stderr, in order within one stream, all of them before the task has ended */
  output(index: number, stream: 'out' | 'err', chunk: Uint8Array): void;
  /** Tasks that have ended, several at a time where they are short. Each task that was taken is told exactly once. */
  ended(results: readonly BatchResult[]): void;
}

/**
 * Tasks of one module to be run one after another in one interpreter that stays: the module's state stays from task to task and from batch
 * to batch, while folders, variables and the current directory are put back. A task that leaves doubts (a timeout, SystemExit, no
 * memory, threads or processes left behind, a crash) ends the interpreter; the other tasks are `untouched` then.
 */
export interface BatchRequest {
  readonly environment: PinnedEnvironment;
  /** What all tasks have; of it `task` and `attempt` are not used. Its folders are empty again when the batch has ended well. */
  readonly context: TaskContext;
  readonly preload: readonly string[];
  /** whose tasks may follow one another in one interpreter: principal, tenant and domain */
  readonly owner: string;
  /** seconds that one task may take, and may be silent; `undefined` = no limit */
  readonly timeout: number | undefined;
  readonly idleTimeout: number | undefined;
  /** Hands over at most `count` tasks more. None = there are none at this moment, and the batch ends with what it has. */
  take(count: number): readonly BatchTask[];
  readonly observer: BatchObserver;
}

export interface WorkerSummary {
  /** digest of the environment, and what it is called */
  readonly environment: string;
  readonly name: string;
  /** of the interpreter */
  readonly version: string;
  readonly language: 'python' | 'node';
  readonly pid: number;
  readonly role: 'zygote' | 'spare' | 'task' | 'kept';
  /** it can take a task, or has had one */
  readonly isReady: boolean;
  /** of a kept one: it has a batch */
  readonly isBusy: boolean;
  /** RFC 3339 */
  readonly started: string;
  /** that it has been given; of a zygote, that its children have */
  readonly tasks: number;
}

/**
 * A place where tasks run. Implementations pass `test/contract/runtime*.test.ts`.
 *
 * Anything that waits takes an AbortSignal; aborting stops the remote work, not only the waiting.
 */
export interface Runtime {
  readonly kind: string;
  readonly capabilities: RuntimeCapabilities;
  /**
   * Decides everything about an environment on this runtime's host: interpreter, platform, packages of the lock. Fast (cached) and
   * without effects. Rejects with CairnError `python-missing` (names the specifier and the versions found) or `environment-failed`
   * (lock unreadable: names the line).
   */
  pin(definition: EnvironmentDefinition, lock: string | null): Promise<PinnedEnvironment>;
  /**
   * Makes an environment ready, once for equal digests however many ask at the same time, and may keep workers warm for it.
   * `lock` gives the lock file's text. Rejects with CairnError `environment-failed` or `python-missing`.
   */
  prepare(environment: PinnedEnvironment, lock: string | null, report: Report, signal: AbortSignal): Promise<PreparedEnvironment>;
  /** Whether `prepare` would have nothing to make. Absent = nobody knows before it is tried. */
  isReady?(environment: PinnedEnvironment): Promise<boolean>;
  /** Imports packages ahead in the parent of workers and has a spare worker waiting. Best effort; problems go to `doctor`. */
  warm(environment: PinnedEnvironment, preload: readonly string[]): Promise<void>;
  /** Compiles first-party files ahead, so that new workers inherit their code by digest. Best effort, returns at once. */
  compile(environment: PinnedEnvironment, files: readonly { readonly path: string; readonly digest: string }[]): void;
  launch(request: LaunchRequest, signal: AbortSignal): Promise<Outcome>;
  /**
   * Runs a batch in a kept interpreter; absent where there are none (`startModes` without `kept`): then tasks are launched one by one.
   * Resolves when every task that was taken has been told. Aborting ends the interpreter, and what it had is `cancelled` or `untouched`.
   */
  launchBatch?(request: BatchRequest, signal: AbortSignal): Promise<void>;
  workers(): readonly WorkerSummary[];
  /** Problems to be shown by `doctor`, such as packages that cannot be preloaded. */
  notes(): readonly string[];
  /** Ends every process of this runtime and waits for it. Idempotent. */
  dispose(): Promise<void>;
}
