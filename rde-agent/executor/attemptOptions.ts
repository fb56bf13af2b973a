import type { Hash } from '../engine/hash.ts';
import type { OutputLookup } from '../engine/keys.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { ReadSecret } from '../protocol/agentConfig.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Logger } from '../protocol/logger.ts';
import type { TaskError, TaskFailureClass, TaskTiming, WorkerRecord } from '../protocol/runEvents.ts';
import type { WorkerOutput } from '../protocol/runner.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { Store } from '../store/store.ts';
import type { CodeTrees } from './codeTrees.ts';
import type { Environments } from './environments.ts';
import type { Faults } from '../protocol/faults.ts';
import type { Inputs } from './inputs.ts';
import type { CollectedOutputs } from './outputs.ts';
import type { ScratchFolders } from './scratchFolders.ts';
import type { SourceHook } from './sourceHook.ts';
import type { StoredTrace } from './traces.ts';

/** Why an attempt is stopped: the reason of its signal. */
export type StopReason = 'timeout' | 'idle-timeout' | 'cancelled' | 'stopping';

export interface AttemptRequest {
  readonly run: string;
  readonly node: TaskNode;
  readonly attempt: number;
  readonly runtime: Runtime;
  readonly outputOf: OutputLookup;
  /** of a fetched dataset: the version that its key was made with */
  readonly version: string | null;
  /** tell what ran and what was looked at */
  readonly trace: boolean;
  readonly running: (worker: WorkerRecord) => void;
  readonly progress: (done: number, total: number | null, message: string) => void;
  readonly metric: (name: string, value: number, step: number | null) => void;
}

export type AttemptResult =
  | ({
      readonly kind: 'succeeded';
      readonly metrics: { readonly [name: string]: number };
      readonly seconds: number;
      readonly timing: TaskTiming;
      /** `untraced` = why there is none though it was asked for */
      readonly trace?: StoredTrace;
      readonly untraced?: string;
      /** as the worker told them */
      readonly told: readonly WorkerOutput[];
    } & CollectedOutputs)
  | { readonly kind: 'failed'; readonly failure: TaskFailureClass; readonly error: TaskError; readonly seconds: number }
  /** stopped as asked; its process group is gone */
  | { readonly kind: 'stopped' };

export interface AttemptServices {
  readonly store: Store;
  readonly clock: Clock;
  readonly hash: Hash;
  readonly logger: Logger;
  readonly faults: Faults | undefined;
  readonly trees: CodeTrees;
  readonly inputs: Inputs;
  readonly environments: Environments;
  readonly scratch: ScratchFolders;
  /** absent = no task may have secrets */
  readonly readSecret: ReadSecret | undefined;
  /** absent = no dataset can be fetched */
  readonly sources: SourceHook | undefined;
}
