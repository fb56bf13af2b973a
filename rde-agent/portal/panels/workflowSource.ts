import type { PlanDocument } from '../../protocol/documents.ts';
import type { ParamsOf } from '../../protocol/operations.ts';
import type { Disposable } from '../../protocol/roles.ts';
import type { WorkflowView } from '../../protocol/workspaceView.ts';
import type { CodeFolder } from './codePlaces.ts';

/** A workflow as it is drawn, and what belongs to it. */
export interface ShownWorkflow {
  /** `null` = it cannot be drawn; `message` says why */
  readonly workflow: WorkflowView | null;
  /** those that it nests, at any depth */
  readonly nested: readonly WorkflowView[];
  readonly message: string;
  /** name of the workspace that its runs are of */
  readonly workspace: string;
  /** digest of the tree that it is of: a plan is of the same, or it is an old one */
  readonly tree: string;
  readonly code: CodeFolder;
}

export type PlanParams = NonNullable<ParamsOf<'workflow.plan'>['params']>;

/** Where a graph comes from: an open workspace, or what was pushed. */
export interface WorkflowSource {
  /** Tells of it as soon as it is known, and whenever it is another. */
  follow(listener: (shown: ShownWorkflow) => void): Disposable;
  /** What a run of it would do now. Rejects with CairnError. */
  plan(params: PlanParams, signal: AbortSignal): Promise<PlanDocument>;
}
