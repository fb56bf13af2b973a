import type { Hash } from '../engine/hash.ts';
import type { OutputLookup } from '../engine/keys.ts';
import type { RunCommand } from '../engine/runCommand.ts';
import type { RunMachine } from '../engine/runMachine.ts';
import type { StandingResults } from '../engine/standing.ts';
import type { TaskGraph } from '../engine/taskGraph.ts';
import type { NewId } from '../protocol/clock.ts';
import type { RunEvent } from '../protocol/runEvents.ts';
import type { RunView } from '../protocol/runView.ts';
import type { Authorize, Scope } from '../protocol/who.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { SmallBlob } from '../store/store.ts';
import type { AttemptServices } from './attemptOptions.ts';
import type { BlobCache } from './blobCache.ts';
import type { CacheRules } from './cacheRules.ts';
import type { ResultCache } from './resultCache.ts';
import type { LentBatch, RunStream } from './runStream.ts';
import type { Slots } from './slots.ts';
import type { BesideEvent } from './sourceHook.ts';

export type Submitted = Extract<RunEvent, { type: 'run.submitted' }>;

/** A nested run as its parent sees it. */
export interface NestedRun {
  /** Asks for its end; it has ended when the watcher's `closed` is called. */
  cancelAsParent(): void;
}

/** A nested run that has ended: what is shown of it, and its results. */
export interface NestedEnd {
  readonly view: RunView;
  readonly machine: RunMachine;
}

/** Told about one nested run, whether it is open in this agent already or comes back later. */
export interface NestedWatcher {
  /** called once for each time that it is opened, the first time before `watch` or `begin` returns if it is open */
  readonly opened: (run: NestedRun) => void;
  /** its end is durable */
  readonly closed: (end: NestedEnd) => void;
}

/** Runs inside of runs. */
export interface NestedRuns {
  /** Opens a new run; what it has recorded is to be committed by the stream of its parent, before it does anything. */
  begin(
    submitted: Submitted,
    parent: { readonly by: string; readonly scope: Scope; readonly share: string },
    watcher: NestedWatcher,
  ): LentBatch;
  /** Takes up the watching of one that was begun before. */
  watch(run: string, watcher: NestedWatcher): void;
  /** The state of a run, nested ones of nested ones included; `undefined` = there is none. */
  view(run: string): RunView | undefined;
}

export interface ActiveRunServices extends AttemptServices {
  readonly runtimes: { readonly [cluster: string]: Runtime };
  readonly authorize: Authorize;
  readonly newId: NewId;
  readonly slots: Slots;
  readonly results: ResultCache;
  readonly rules: CacheRules;
  /** whether traces are of any use here */
  readonly isTracing: boolean;
  readonly blobs: BlobCache;
  readonly hash: Hash;
}

export interface ActiveRunOptions {
  readonly submitted: Submitted;
  /** principal id of the submitter: tasks run on their behalf */
  readonly by: string;
  readonly scope: Scope;
  readonly graph: TaskGraph;
  readonly stream: RunStream;
  /** the run at the top of those that this one is nested in; places are shared evenly between them */
  readonly share: string;
  readonly nested: NestedRuns;
  /** of a fork: what stands from the run that it goes on from */
  readonly standing: StandingResults | undefined;
  /** `started` = its first task was decided, `finished` = recorded, `closed` = durable to the last event */
  readonly onDidChange: (change: 'started' | 'finished' | 'closed') => void;
}

/** What the parts of an active run share: its machine, its record, and the commands still to be carried out. */
export interface RunDesk {
  readonly run: string;
  readonly by: string;
  readonly options: ActiveRunOptions;
  readonly services: ActiveRunServices;
  readonly machine: RunMachine;
  readonly outputOf: OutputLookup;
  /** the agent stops, or the record cannot be written: nothing more is begun */
  readonly isStopped: boolean;
  record(by: string, events: readonly RunEvent[], blobs?: readonly SmallBlob[], beside?: readonly BesideEvent[]): void;
  /** Has commands carried out that come from outside of the machine: later, if the run is at work right now. */
  ask(...commands: RunCommand[]): void;
  /** Calls back without anything being carried out or sent meanwhile; then sends what came of it. */
  together(change: () => void): void;
  /** Work was handed to a worker in this turn: sending the record can wait for a moment. */
  hasStarted(): void;
}

/** The agent's own decisions. */
export const AGENT = 'agent';
