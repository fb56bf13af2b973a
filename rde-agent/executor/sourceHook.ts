import type { DatasetFormat } from '../../language/model/dataset.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { CatalogEvent } from '../protocol/catalogEvents.ts';
import type { OutputRecord } from '../protocol/runEvents.ts';
import type { WorkerOutput } from '../protocol/runner.ts';

/** The content of a fetched dataset as its reading task is given it. The file is read-only and stays while the task runs. */
export interface SourceFile {
  /** absolute */
  readonly path: string;
  readonly format: DatasetFormat;
  /** types that the source itself tells, by column (Arrow names) */
  readonly types?: { readonly [column: string]: string };
}

/** An event of a stream that is not the run's, committed in one transaction with the run's own. */
export interface BesideEvent {
  readonly stream: string;
  readonly event: CatalogEvent;
}

/** What came out of a task that read a dataset. */
export interface SourceArrival {
  readonly run: string;
  readonly node: TaskNode;
  /** what `version` had answered; `null` = a python source, whose version is the digest of its content */
  readonly version: string | null;
  readonly outputs: { readonly [port: string]: OutputRecord };
  /** as the worker told them, profiles included */
  readonly told: readonly WorkerOutput[];
}

/**
 * How a run gets datasets whose source the agent itself fetches (`node.step.source`). The executor asks `version` before it makes the task's
 * key, and `content` only when the task is not reused; a dataset that has not changed is therefore never fetched. Both reject with CairnErrors
 * (`secret-missing`, `denied`, `store-failed`); the task then fails with code `source-failed`, class infrastructure, and is retried like any other.
 */
export interface SourceHook {
  /**
   * The version that the source has now. Where only a fetch can tell, it fetches, keeps the content, and answers its digest. Called once
   * for each attempt to decide a task, so a run that goes on after a restart asks again.
   */
  version(node: TaskNode, signal: AbortSignal): Promise<string>;
  /** The same without fetching content, for plans: `undefined` = only a fetch can tell, or the source cannot be asked now. Never rejects. */
  peek(node: TaskNode): Promise<string | undefined>;
  /** The content of this version, fetched now if it is not kept. Where the source has moved on meanwhile: rejects with `conflict`. */
  content(node: TaskNode, version: string, signal: AbortSignal): Promise<SourceFile>;
  /** What is to be recorded beside the success of a task of kind `dataset`, in the same transaction; mostly `dataset.arrived`, once per version. */
  arrived(arrival: SourceArrival): readonly BesideEvent[];
}
