import type { NextFires } from '../../language/model/schedule.ts';
import type { ReadWorkflowSource } from '../../language/model/workflowSource.ts';
import type { Hash } from '../engine/hash.ts';
import type { ReadSecret } from '../protocol/agentConfig.ts';
import type { Clock, NewId } from '../protocol/clock.ts';
import type { Faults } from '../protocol/faults.ts';
import type { Logger } from '../protocol/logger.ts';
import type { Authorize } from '../protocol/who.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { Store } from '../store/store.ts';
import type { CacheConfig } from './cacheRules.ts';
import type { PreviewOptions } from './preview/outputPreviews.ts';
import type { SourceAccess } from './sources.ts';
import type { TraceAnalysis } from './traceAnalysis.ts';

export interface RunRoleOptions {
  readonly store: Store;
  /** by cluster name; every agent has `local` */
  readonly runtimes: { readonly [cluster: string]: Runtime };
  readonly clock: Clock;
  readonly newId: NewId;
  readonly authorize: Authorize;
  readonly logger: Logger;
  readonly hash: Hash;
  /** `trees`: code of modules, may be deleted while the agent is stopped; `scratch`: private folders of attempts, emptied at start */
  readonly folders: { readonly trees: string; readonly scratch: string };
  /** tasks at once, over all runs, on each cluster that `clusterSlots` does not name */
  readonly slots: number;
  readonly clusterSlots?: { readonly [cluster: string]: number };
  /** values of the secrets that environments name; absent = there are none */
  readonly readSecret?: ReadSecret;
  /** datasets that the agent fetches; absent = it fetches none */
  readonly sources?: SourceAccess;
  /** workflows that a webhook starts; absent = none */
  readonly webhooks?: readonly string[];
  /** where the steps of a pushed workflow are written; absent = nobody is told */
  readonly readWorkflow?: ReadWorkflowSource;
  /** fire times of schedules; absent = there are none */
  readonly nextFires?: NextFires;
  readonly faults?: Faults;
  /** what judges traces of earlier results; absent = only equal keys are reused, and nothing is traced */
  readonly analysis?: TraceAnalysis;
  /** seconds until a run whose record could not be written is taken up again; default 5 */
  readonly takeUpAfter?: number;
  /** absent = outputs are not shown */
  readonly preview?: PreviewOptions;
  /** absent = nothing is audited, no failure is remembered, and old results go only when somebody asks */
  readonly cache?: CacheConfig;
}
