import type { EnvironmentDefinition } from '../../language/model/environment.ts';
import type { PinnedEnvironment } from '../protocol/pinned.ts';
import type { TaskError, TaskFailureClass, TaskTiming, WorkerRecord } from '../protocol/runEvents.ts';
import type { TaskContext, WorkerOutput } from '../protocol/runner.ts';

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
    }
  | { readonly kind: 'failed'; readonly failure: TaskFailureClass; readonly error: TaskError; readonly seconds: number }
  | { readonly kind: 'cancelled' }
  /** the process vanished without an answer and without an exit that explains it; nothing is known of its effects */
  | { readonly kind: 'lost'; readonly message: string };

export interface WorkerSummary {
  readonly environment: string;
  readonly pid: number;
  readonly role: 'zygote' | 'spare' | 'task';
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
  /** Imports packages ahead in the parent of workers and has a spare worker waiting. Best effort; problems go to `doctor`. */
  warm(environment: PinnedEnvironment, preload: readonly string[]): Promise<void>;
  /** Compiles first-party files ahead, so that new workers inherit their code by digest. Best effort, returns at once. */
  compile(environment: PinnedEnvironment, files: readonly { readonly path: string; readonly digest: string }[]): void;
  launch(request: LaunchRequest, signal: AbortSignal): Promise<Outcome>;
  workers(): readonly WorkerSummary[];
  /** Problems to be shown by `doctor`, such as packages that cannot be preloaded. */
  notes(): readonly string[];
  /** Ends every process of this runtime and waits for it. Idempotent. */
  dispose(): Promise<void>;
}
