import type { Digest } from '../../language/model/names.ts';
import type { Schedule } from '../../language/model/schedule.ts';
import type { TableProfile } from './profile.ts';

/**
 * Events of streams other than runs. Streams: `module:/<ns/name>`, `tag:/<ns/name>`, `workspace:/<name>`, `workflow:/<ns/name>`,
 * `schedule:/<ns/name>` (of a workflow), `hook:/<ns/name>` (of a workflow), `dataset:/<ns/name>`, `cache:/<ns/name>` (of a module's results),
 * `cache:/` (what garbage collection did), `pin:/<run>`.
 */
export type CatalogEvent =
  /** Once for each artifact, and once more when it is pushed from a clean commit for the first time. */
  | {
      readonly type: 'artifact.published';
      readonly module: string;
      readonly artifact: Digest;
      readonly tree: Digest;
      readonly dirty: boolean;
      readonly commit: string | null;
    }
  /** `from: null` = the tag is new. The stream's sequence is the generation that compare-and-set stands on. */
  | {
      readonly type: 'tag.moved';
      readonly module: string;
      readonly tag: string;
      readonly from: Digest | null;
      readonly to: Digest;
      /** libraries that `to` was pushed with: a version is the module with them; absent = none */
      readonly libraries?: { readonly [name: string]: Digest };
      /** a blob: canonical JSON of the Release; absent in records of before there were any */
      readonly release?: Digest;
      /** absent = a push, as all moves once were */
      readonly how?: 'push' | 'tag' | 'promote' | 'rollback';
      /** promotions: the clean commit that `to` is built from, and who has reviewed it */
      readonly commit?: string;
      readonly reviewer?: string;
    }
  | {
      readonly type: 'workspace.pushed';
      readonly workspace: string;
      readonly tree: Digest;
      readonly changed: number;
      readonly bytes: number;
    }
  /** A pushed workflow, everything pinned: what triggers and schedules run. `definition` is a blob: canonical JSON of the PinnedWorkflow. */
  | {
      readonly type: 'workflow.published';
      readonly workflow: string;
      readonly workspace: string;
      readonly definition: Digest;
      readonly tree: Digest;
      readonly dirty: boolean;
      readonly commit: string | null;
    }
  /** From now on it fires (after `at` of the event). A changed `schedule:` that is pushed starts it again with the new one. */
  | { readonly type: 'schedule.started'; readonly workflow: string; readonly schedule: Schedule }
  | { readonly type: 'schedule.paused' | 'schedule.resumed' | 'schedule.stopped'; readonly workflow: string }
  /** Each nominal time is fired or missed at most once. */
  /** The fire time waits for the run before it; it is fired or missed later. */
  | { readonly type: 'schedule.queued'; readonly workflow: string; readonly nominalTime: string }
  | { readonly type: 'schedule.fired'; readonly workflow: string; readonly nominalTime: string; readonly run: string }
  | {
      readonly type: 'schedule.missed';
      readonly workflow: string;
      /** the first and the last of them, and how many (of very many, at most a thousand are counted, and `to` is when they ended) */
      readonly from: string;
      readonly to: string;
      readonly count: number;
      readonly because: 'overlap' | 'catch-up' | 'paused' | 'failed';
      readonly message?: string;
    }
  /** A delivery was accepted; the same id again answers this run. */
  | { readonly type: 'hook.delivered'; readonly workflow: string; readonly delivery: string; readonly run: string }
  /** One version of a dataset has arrived: its profile, computed once. */
  | {
      readonly type: 'dataset.arrived';
      readonly dataset: string;
      /** the source's snapshot id, or the digest of its content */
      readonly version: string;
      readonly digest: Digest;
      readonly profile: TableProfile | null;
      readonly run: string;
    }
  /** Results that nothing keeps any more: they are not found from now on, and their content may be deleted. */
  | { readonly type: 'entries.collected'; readonly entries: readonly string[] }
  /** A result that must not stand for its task again. */
  | { readonly type: 'entry.quarantined'; readonly entry: string; readonly module: string; readonly because: string }
  /** An audit has shown that results of a module cannot be relied on as its contract says, or as the rules of traces say. */
  | ({ readonly type: 'module.demoted' } & Demotion)
  /** Its owner trusts the module again, whatever audits have shown before. */
  | { readonly type: 'module.restored'; readonly module: string }
  /** A pinned run keeps its results and everything that it needs to run again. */
  | { readonly type: 'run.pinned'; readonly run: string; readonly pinned: boolean }
  /** The receipt of a run of another agent has come (a blob): the run can be repeated here. */
  | { readonly type: 'receipt.imported'; readonly run: string; readonly receipt: Digest };

/**
 * `unstable`: two executions of the same gave different results, so that nothing of this code is reused. `exact`: another result came of code that
 * was taken for the same in effect, so that results of the module are reused for equal code only.
 */
export interface Demotion {
  readonly module: string;
  readonly to: 'unstable' | 'exact';
  /** the code that was executed again, see `toCodeName` */
  readonly code: string;
  /** the class that the contract declares */
  readonly declared: string;
  /** the result that was checked, and the output that differed */
  readonly entry: string;
  readonly port: string;
  readonly before: string;
  readonly after: string;
  /** for people */
  readonly message: string;
}

export function toModuleStream(module: string): string {
  return `module:/${module}`;
}
export function toTagStream(module: string): string {
  return `tag:/${module}`;
}
export function toWorkspaceStream(workspace: string): string {
  return `workspace:/${workspace}`;
}
export function toDatasetStream(dataset: string): string {
  return `dataset:/${dataset}`;
}
export function toWorkflowStream(workflow: string): string {
  return `workflow:/${workflow}`;
}
export function toScheduleStream(workflow: string): string {
  return `schedule:/${workflow}`;
}
export function toHookStream(workflow: string): string {
  return `hook:/${workflow}`;
}
/** `module` `''` = of no module in particular */
export function toCacheStream(module: string): string {
  return `cache:/${module}`;
}
export function toPinStream(run: string): string {
  return `pin:/${run}`;
}
export function toReceiptStream(run: string): string {
  return `receipt:/${run}`;
}
