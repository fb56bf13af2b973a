import type { OutputRecord, TaskId } from '../protocol/runEvents.ts';
import type { Verdict } from './condition.ts';
import type { TaskGraph } from './taskGraph.ts';
import type { Need, StepNode, TaskNode } from './taskNode.ts';

/**
 * `waiting` for others · `ready` to be dispatched (of a placeholder: to be expanded) · `running` · `pausing` before a retry · `expanded`: the
 * end of a placeholder whose elements are known · and the four ends.
 */
export type MachineTaskState = 'waiting' | 'ready' | 'running' | 'pausing' | 'expanded' | 'succeeded' | 'failed' | 'skipped' | 'cancelled';

export type SkipReason = 'upstream' | 'condition' | 'join';

/** One task in the machine. */
export interface TaskSlot {
  readonly node: TaskNode;
  readonly at: StepState;
  state: MachineTaskState;
  attempt: number;
  fence: number;
  failures: number;
  /** seconds, of the pause that it is in */
  pause: number;
  /** of a task that failed or was skipped: whose fault that is, the task itself included */
  because: TaskId;
  skipReason: SkipReason | null;
  /** nobody needs it any more, so it is being ended */
  unneeded: boolean;
  outputs: { readonly [port: string]: OutputRecord };
  metrics: { readonly [name: string]: number };
  /** steps that refer to this very element of a fan-out; most tasks have none */
  consumers: Edge[] | null;
  /** of those, how many still wait */
  waiters: number;
  /** an output of the workflow is this very element's */
  feedsOutput: boolean;
}

/** Of a step: `waiting`, then `ready` once, or `closed`: it was skipped or is not needed, or has no tasks. */
export interface StepState {
  readonly node: StepNode;
  phase: 'waiting' | 'ready' | 'closed';
  /** without the placeholder; in foreach order */
  slots: TaskSlot[];
  /** `null` = the elements are known */
  placeholder: TaskSlot | null;
  /** needs that are not there yet: of its tasks, and of its placeholder */
  strict: number;
  from: number;
  joins: readonly JoinState[];
  succeeded: number;
  /** tasks (the placeholder included) that wait and are not being ended */
  waiting: number;
  /** what it waits for */
  readonly needs: Edge[];
  /** steps that need all of this one, and how many of them still wait */
  readonly consumers: Edge[];
  waiters: number;
  /** an output of the workflow is all of this step's */
  feedsOutput: boolean;
  /** of a step that is being skipped, or will be when its elements are known; `because` `null` = nobody's fault: too few elements to join */
  doom: { readonly because: TaskId | null; readonly reason: SkipReason } | null;
  /** of a step that was ready */
  verdict: Verdict | null;
}

/** One list input of a join any or quorum. */
export interface JoinState {
  readonly count: number;
  succeeded: number;
  lost: number;
  /** known elements */
  size: number;
  /** fan-outs whose elements are not known yet */
  unknown: number;
}

/** One need of one step. */
export interface Edge {
  readonly consumer: StepState;
  readonly target: StepState;
  /** `null` = all tasks of the target */
  readonly slot: TaskSlot | null;
  /** `from` = for the elements of the fan-out */
  readonly role: 'strict' | 'from' | JoinState;
  /** the consumer still waits */
  waits: boolean;
}

/** The state of every step before anything has happened. */
export function createStepStates(graph: TaskGraph): StepState[] {
  const steps: StepState[] = [];
  const slots = new Map<TaskNode, TaskSlot>();
  for (const node of graph.steps) {
    const step = createStepState(node);
    for (const slot of toSlots(step)) slots.set(slot.node, slot);
    steps.push(step);
    connect(step, steps, slots);
  }
  markOutputs(graph, steps, slots);
  return steps;
}

/** Shared by all tasks that have given nothing yet. */
const NOTHING = {};

export function createSlot(node: TaskNode, at: StepState): TaskSlot {
  return {
    node,
    at,
    state: 'waiting',
    attempt: 0,
    fence: 0,
    failures: 0,
    pause: 0,
    because: '',
    skipReason: null,
    unneeded: false,
    outputs: NOTHING,
    metrics: NOTHING,
    consumers: null,
    waiters: 0,
    feedsOutput: false,
  };
}

/** The tasks of a step, or the placeholder that stands for them. */
export function toSlots(step: StepState): readonly TaskSlot[] {
  return step.placeholder === null ? step.slots : [step.placeholder];
}

export function isEnded({ state }: TaskSlot): boolean {
  return state !== 'waiting' && state !== 'ready' && state !== 'running' && state !== 'pausing';
}

/** True when the elements are known and all of them have succeeded; so it is of a fan-out over nothing. */
export function isComplete(step: StepState): boolean {
  return step.placeholder === null && step.succeeded === step.slots.length;
}

export function isMet(join: JoinState): boolean {
  return join.succeeded >= join.count;
}

/** No element that may still come makes it enough. */
export function isImpossible(join: JoinState): boolean {
  return join.unknown === 0 && join.size - join.lost < join.count;
}

const NO_JOINS: readonly JoinState[] = [];

function createStepState(node: StepNode): StepState {
  const step: StepState = {
    node,
    phase: 'waiting',
    slots: [],
    placeholder: null,
    strict: 0,
    from: 0,
    joins: NO_JOINS,
    succeeded: 0,
    waiting: 0,
    needs: [],
    consumers: [],
    waiters: 0,
    feedsOutput: false,
    doom: null,
    verdict: null,
  };
  step.slots = node.tasks.map((task) => createSlot(task, step));
  if (node.placeholder !== null) step.placeholder = createSlot(node.placeholder, step);
  step.waiting = step.slots.length + (step.placeholder === null ? 0 : 1);
  return step;
}

function connect(step: StepState, steps: readonly StepState[], slots: ReadonlyMap<TaskNode, TaskSlot>): void {
  const { strict, joins, from } = step.node.needs;
  const hasTasks = step.waiting > 0;
  const add = (need: Need, role: Edge['role']): void => {
    const target = steps[need.step.index];
    if (target === undefined) throw new Error(`${step.node.step.id} needs a step that does not come before it`);
    const slot = need.task === null ? null : (slots.get(need.task) ?? null);
    const edge: Edge = { consumer: step, target, slot, role, waits: hasTasks };
    step.needs.push(edge);
    if (slot === null) target.consumers.push(edge);
    else (slot.consumers ??= []).push(edge);
    if (hasTasks) (slot ?? target).waiters += 1;
    if (role === 'strict' && !isThere(edge)) step.strict += 1;
    if (role === 'from' && !isThere(edge)) step.from += 1;
  };
  for (const need of strict) add(need, 'strict');
  for (const need of from) add(need, 'from');
  for (const { count, given, members } of joins) {
    const join: JoinState = { count, succeeded: given, lost: 0, size: given, unknown: 0 };
    step.joins = [...step.joins, join];
    for (const need of members) {
      add(need, join);
      if (need.task !== null) join.size += 1;
      else if (need.step.placeholder !== null) join.unknown += 1;
      else join.size += need.step.tasks.length;
    }
  }
  if (!hasTasks) step.phase = 'closed';
}

/** What a fan-out over nothing gives is there from the start. */
function isThere({ target, slot }: Edge): boolean {
  return slot === null && isComplete(target);
}

function markOutputs(graph: TaskGraph, steps: readonly StepState[], slots: ReadonlyMap<TaskNode, TaskSlot>): void {
  for (const { step: id, select } of Object.values(graph.definition.outputs)) {
    const node = graph.step(id);
    const step = steps[node?.index ?? -1];
    if (step === undefined) continue;
    const task = select.kind === 'one' ? graph.byId.get(`${id}[${select.element}]`) : undefined;
    const slot = task && slots.get(task);
    (slot ?? step).feedsOutput = true;
  }
}
