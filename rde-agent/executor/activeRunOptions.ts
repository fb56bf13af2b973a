import type { Hash } from '../engine/hash.ts';
import type { TaskGraph } from '../engine/taskGraph.ts';
import type { NewId } from '../protocol/clock.ts';
import type { RunEvent } from '../protocol/runEvents.ts';
import type { Authorize, Scope } from '../protocol/who.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { AttemptServices } from './attempt.ts';
import type { ResultCache } from './resultCache.ts';
import type { RunStream } from './runStream.ts';
import type { Slots } from './slots.ts';

export type Submitted = Extract<RunEvent, { type: 'run.submitted' }>;

export interface ActiveRunServices extends AttemptServices {
  readonly runtimes: { readonly [cluster: string]: Runtime };
  readonly authorize: Authorize;
  readonly newId: NewId;
  readonly slots: Slots;
  readonly results: ResultCache;
  readonly hash: Hash;
}

export interface ActiveRunOptions {
  readonly submitted: Submitted;
  /** principal id of the submitter: tasks run on their behalf */
  readonly by: string;
  readonly scope: Scope;
  readonly graph: TaskGraph;
  readonly stream: RunStream;
  /** `started` = its first task was decided, `finished` = recorded, `closed` = durable to the last event */
  readonly onDidChange: (change: 'started' | 'finished' | 'closed') => void;
}
