import type { OutputRecord, RunEvent, TaskFailureClass, TaskId } from '../protocol/runEvents.ts';
import type { TaskGraph, TaskNode } from './taskGraph.ts';

/** What has to happen next. The executor carries commands out and records what came of them as events. */
export type RunCommand =
  /** decide: reuse or run */
  | { readonly kind: 'dispatch'; readonly task: TaskNode }
  /** dispatch after a pause */
  | { readonly kind: 'wait'; readonly task: TaskNode; readonly seconds: number }
  /** stop the running attempt */
  | { readonly kind: 'abort'; readonly task: TaskNode }
  /** record `task.lost`: its process went with an earlier agent */
  | { readonly kind: 'lose'; readonly task: TaskNode; readonly attempt: number }
  | { readonly kind: 'cancel'; readonly task: TaskNode }
  | { readonly kind: 'skip'; readonly task: TaskNode; readonly because: TaskId }
  | { readonly kind: 'finish'; readonly state: FinishState };

export type FinishState = 'succeeded' | 'failed' | 'cancelled';

/** `waiting` for others · `ready` to be dispatched · `running` · `pausing` before a retry · and the four ends. */
export type MachineTaskState = 'waiting' | 'ready' | 'running' | 'pausing' | 'succeeded' | 'failed' | 'skipped' | 'cancelled';

/** seconds: no pause before a retry is longer */
const LONGEST_PAUSE = 3600;

interface TaskSlot {
  readonly node: TaskNode;
  state: MachineTaskState;
  /** number of tasks that it still waits for */
  pending: number;
  attempt: number;
  fence: number;
  failures: number;
  /** seconds, of the pause that it is in */
  pause: number;
  failed: TaskId;
  skipAsked: boolean;
  outputs: { readonly [port: string]: OutputRecord };
}

/**
 * One run as a state machine: `apply(event)` changes the state inside and answers commands. It is pure in the sense that matters: no clock, no
 * chance, no effects, so a log that is applied again gives the same state. Work per event is bounded by the event's own task
 * and its dependents; only a cancel and `resume()` look at every task.
 */
export class RunMachine {
  readonly #slots: readonly TaskSlot[];
  readonly #byId: ReadonlyMap<TaskId, TaskNode>;
  readonly #dependents: readonly (readonly number[])[];
  #open: number;
  #cancelRequested = false;
  #failed = false;
  #finishAsked = false;
  #finished: FinishState | null = null;

  constructor(graph: TaskGraph) {
    this.#slots = graph.nodes.map(toSlot);
    this.#byId = graph.byId;
    this.#dependents = graph.dependents;
    this.#open = graph.nodes.length;
  }

  get finished(): FinishState | null {
    return this.#finished;
  }
  get cancelRequested(): boolean {
    return this.#cancelRequested;
  }

  stateOf(task: TaskId): MachineTaskState {
    return this.#slot(task).state;
  }
  /** number and fencing token that the next attempt gets */
  nextAttempt(task: TaskId): { readonly attempt: number; readonly fence: number } {
    const slot = this.#slot(task);
    return { attempt: slot.attempt + 1, fence: slot.fence + 1 };
  }
  attemptOf(task: TaskId): number {
    return this.#slot(task).attempt;
  }
  /** True while this very attempt is the one whose result counts. */
  isCurrent(task: TaskId, fence: number): boolean {
    const slot = this.#slot(task);
    return this.#finished === null && slot.state === 'running' && slot.fence === fence;
  }
  output(task: TaskId, port: string): OutputRecord | undefined {
    return this.#slot(task).outputs[port];
  }

  /** Seconds until the next attempt if the present one failed like this; `null` = the task has failed for good. */
  retryAfter(task: TaskId, failure: TaskFailureClass): number | null {
    const { node, failures } = this.#slot(task);
    const { retry } = node.step;
    if (this.#cancelRequested || !retry.on.includes(failure) || failures + 1 >= retry.attempts) return null;
    return Math.min(retry.backoff * 2 ** failures, LONGEST_PAUSE);
  }

  apply(event: RunEvent): readonly RunCommand[] {
    const commands = this.#change(event);
    if (this.#open === 0 && !this.#finishAsked) {
      this.#finishAsked = true;
      commands.push({ kind: 'finish', state: this.#outcome() });
    }
    return commands;
  }

  /** After a replay: everything that an earlier agent had under way or had not come to yet. */
  resume(): readonly RunCommand[] {
    if (this.#finished !== null) return [];
    if (this.#open === 0) return [{ kind: 'finish', state: this.#outcome() }];
    return this.#slots.flatMap((slot) => this.#resumeTask(slot));
  }

  #change(event: RunEvent): RunCommand[] {
    switch (event.type) {
      case 'run.submitted':
        return this.#slots.flatMap((slot) => (slot.state === 'ready' ? this.#dispatch(slot) : []));
      case 'run.cancelRequested':
        this.#cancelRequested = true;
        return this.#slots.flatMap(toCancelCommands);
      case 'run.finished':
        this.#finished = event.state;
        return [];
      case 'task.started':
        return this.#start(this.#slot(event.task), event.attempt, event.fence);
      case 'task.reused':
      case 'task.succeeded':
        return this.#succeed(this.#slot(event.task), event.outputs);
      case 'task.failed':
        return this.#fail(this.#slot(event.task), event.retryIn);
      case 'task.lost':
        return this.#lose(this.#slot(event.task));
      case 'task.cancelled':
        this.#end(this.#slot(event.task), 'cancelled');
        return [];
      case 'task.skipped':
        return this.#skip(this.#slot(event.task), event.because);
      case 'task.running':
      case 'task.progress':
      case 'task.metric':
        return [];
      default:
        event satisfies never;
        return [];
    }
  }

  #start(slot: TaskSlot, attempt: number, fence: number): RunCommand[] {
    slot.state = 'running';
    slot.attempt = attempt;
    slot.fence = fence;
    return [];
  }

  #succeed(slot: TaskSlot, outputs: TaskSlot['outputs']): RunCommand[] {
    slot.outputs = outputs;
    this.#end(slot, 'succeeded');
    const commands: RunCommand[] = [];
    for (const index of this.#dependents[slot.node.index] ?? []) {
      const next = this.#slots[index];
      if (next === undefined) continue;
      next.pending -= 1;
      if (next.pending > 0 || next.state !== 'waiting') continue;
      next.state = 'ready';
      commands.push(...this.#dispatch(next));
    }
    return commands;
  }

  #fail(slot: TaskSlot, retryIn: number | null): RunCommand[] {
    slot.failures += 1;
    if (retryIn !== null) {
      slot.state = 'pausing';
      slot.pause = retryIn;
      return this.#cancelRequested ? [{ kind: 'cancel', task: slot.node }] : [{ kind: 'wait', task: slot.node, seconds: retryIn }];
    }
    this.#failed = true;
    slot.failed = slot.node.id;
    this.#end(slot, 'failed');
    return this.#skipDependents(slot);
  }

  #lose(slot: TaskSlot): RunCommand[] {
    slot.state = 'ready';
    return this.#cancelRequested ? [{ kind: 'cancel', task: slot.node }] : this.#dispatch(slot);
  }

  #skip(slot: TaskSlot, because: TaskId): RunCommand[] {
    slot.failed = because;
    this.#end(slot, 'skipped');
    return this.#skipDependents(slot);
  }

  #skipDependents(slot: TaskSlot): RunCommand[] {
    const commands: RunCommand[] = [];
    for (const index of this.#dependents[slot.node.index] ?? []) {
      const next = this.#slots[index];
      if (next?.state !== 'waiting' || next.skipAsked) continue;
      next.skipAsked = true;
      commands.push({ kind: 'skip', task: next.node, because: slot.failed });
    }
    return commands;
  }

  #dispatch(slot: TaskSlot): RunCommand[] {
    return this.#cancelRequested ? [] : [{ kind: 'dispatch', task: slot.node }];
  }

  #end(slot: TaskSlot, state: 'succeeded' | 'failed' | 'skipped' | 'cancelled'): void {
    slot.state = state;
    this.#open -= 1;
  }

  #outcome(): FinishState {
    if (this.#cancelRequested) return 'cancelled';
    return this.#failed ? 'failed' : 'succeeded';
  }

  #resumeTask(slot: TaskSlot): RunCommand[] {
    const task = slot.node;
    switch (slot.state) {
      case 'running':
        return [{ kind: 'lose', task, attempt: slot.attempt }];
      case 'ready':
        return this.#cancelRequested ? [{ kind: 'cancel', task }] : [{ kind: 'dispatch', task }];
      case 'pausing':
        return this.#cancelRequested ? [{ kind: 'cancel', task }] : [{ kind: 'wait', task, seconds: slot.pause }];
      case 'waiting':
        return this.#cancelRequested ? [{ kind: 'cancel', task }] : this.#resumeWaiting(slot);
      default:
        return [];
    }
  }

  #resumeWaiting(slot: TaskSlot): RunCommand[] {
    const blocker = slot.node.needs
      .map((index) => this.#slots[index])
      .find((need) => need?.state === 'failed' || need?.state === 'skipped');
    if (blocker === undefined) return [];
    slot.skipAsked = true;
    return [{ kind: 'skip', task: slot.node, because: blocker.failed }];
  }

  #slot(task: TaskId): TaskSlot {
    const slot = this.#slots[this.#byId.get(task)?.index ?? -1];
    if (slot === undefined) throw new Error(`the run has no task ${task}`);
    return slot;
  }
}

function toSlot(node: TaskNode): TaskSlot {
  const pending = node.needs.length;
  return {
    node,
    state: pending === 0 ? 'ready' : 'waiting',
    pending,
    attempt: 0,
    fence: 0,
    failures: 0,
    pause: 0,
    failed: '',
    skipAsked: false,
    outputs: {},
  };
}

function toCancelCommands(slot: TaskSlot): RunCommand[] {
  switch (slot.state) {
    case 'running':
      return [{ kind: 'abort', task: slot.node }];
    case 'waiting':
    case 'ready':
    case 'pausing':
      return [{ kind: 'cancel', task: slot.node }];
    default:
      return [];
  }
}
