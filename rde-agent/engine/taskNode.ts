import type { Json } from '../../language/model/json.ts';
import type { PinnedEnvironment, PinnedStep } from '../protocol/pinned.ts';
import type { OutputRecord, TaskId } from '../protocol/runEvents.ts';

/** Where a port's value comes from. */
export type TaskSource =
  /** one output of one task; where that output is a `list`, its items */
  | { readonly kind: 'value'; readonly task: TaskId; readonly port: string }
  /** what the workflow itself was given for this input; `null` = not known yet (only in a plan) */
  | { readonly kind: 'given'; readonly input: string; readonly output: OutputRecord | null }
  /** in foreach order; of a join any or quorum: those that had succeeded when it became ready */
  | { readonly kind: 'list'; readonly items: readonly TaskSource[] };

/** One task of a run, with everything that can be known before anything has run. What all tasks of a step share is in `place`. */
export interface TaskNode {
  readonly id: TaskId;
  /** position in `TaskGraph.nodes` */
  readonly index: number;
  readonly place: StepNode;
  /** position in the fan-out, from 0; `null` = no fan-out, or the placeholder of one */
  readonly element: number | null;
  readonly step: PinnedStep;
  /** of a nested workflow: one without a Python, packages or name */
  readonly environment: PinnedEnvironment;
  /** By port; one object for all tasks of the step. Complete as soon as the task is dispatched. */
  readonly inputs: { readonly [port: string]: TaskSource };
  readonly params: { readonly [name: string]: Json };
  /** the run's nominal time where a parameter refers to it, else `null` */
  readonly nominalTime: string | null;
  /** true = above the step that the run starts from: it is given or reused, or the run fails */
  readonly mustReuse: boolean;
}

/** What a step waits for: one task, or (`null`) all tasks of a step. */
export interface Need {
  readonly step: StepNode;
  readonly task: TaskNode | null;
}

/** A list input of a join any or quorum. */
export interface JoinNeed {
  /** elements that must have succeeded */
  readonly count: number;
  /** elements that are there from the start, because the workflow was given them */
  readonly given: number;
  readonly members: readonly Need[];
}

export interface StepNeeds {
  /** all of it must have succeeded; each once */
  readonly strict: readonly Need[];
  readonly joins: readonly JoinNeed[];
  /** what the elements of a dynamic fan-out come from: the placeholder waits for this and nothing else */
  readonly from: readonly Need[];
}

/** One step of a run. All of its tasks have the same inputs, so they become ready together. */
export interface StepNode {
  readonly step: PinnedStep;
  /** position in `TaskGraph.steps`; every step follows those that it needs */
  readonly index: number;
  readonly environment: PinnedEnvironment;
  readonly nominalTime: string | null;
  readonly mustReuse: boolean;
  readonly needs: StepNeeds;
  readonly inputs: { readonly [port: string]: TaskSource };
  /** by name of `foreach.from`: where the elements come from */
  readonly from: { readonly [name: string]: TaskSource };
  /** in foreach order; empty while the elements are not known */
  readonly tasks: readonly TaskNode[];
  /** the task `step[*]` that stands for elements that are not known yet; `null` = they are known */
  readonly placeholder: TaskNode | null;
  /** Fixes the lists of a join any or quorum to these tasks. */
  settle(accepts: (task: TaskNode) => boolean): void;
}

/** Values of `${run.…}`, and what a nested run was given. */
export interface RunValues {
  readonly id: string;
  readonly nominalTime: string | null;
  /** by input of the workflow; `null` = not known yet (only in a plan) */
  readonly inputs?: { readonly [name: string]: OutputRecord | null };
}
