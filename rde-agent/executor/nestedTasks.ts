import { isForced } from '../engine/decide.ts';
import { toFloorLineage } from '../engine/lineage.ts';
import { toNestedInputs, toRunResult } from '../engine/nested.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { OutputRecord, RunEvent, TaskError, TaskId } from '../protocol/runEvents.ts';
import type { RunView } from '../protocol/runView.ts';
import { AGENT, type NestedEnd, type NestedRun, type NestedWatcher, type RunDesk, type Submitted } from './activeRunOptions.ts';
import { toInnerAsks } from './nestedAsks.ts';
import { findFailure, toInnerDefinition } from './nestedResults.ts';
import type { LentBatch } from './runStream.ts';
import { toGivenUp } from './taskEvents.ts';

interface Nested {
  readonly run: string;
  readonly timer: NodeJS.Timeout | undefined;
  child: NestedRun | undefined;
  /** its end was asked for because it took too long */
  isLate: boolean;
  /** its end is to be asked for as soon as it is open */
  isUnwanted: boolean;
}

/** longest time that a timer can wait, in milliseconds */
const LONGEST_TIMER = 2 ** 31 - 1;

/**
 * Tasks that are workflows themselves: each attempt is a run of its own, begun in one transaction with the task's start, so that after a crash there
 * are both or neither. Its end, once durable, is the task's. A cancel of the parent cancels it; its own cancel fails the task.
 */
export class NestedTasks {
  readonly #desk: RunDesk;
  readonly #nested = new Map<TaskId, Nested>();

  constructor(desk: RunDesk) {
    this.#desk = desk;
  }

  begin(task: TaskNode): void {
    const { options, services, machine, by } = this.#desk;
    const { stream, scope, share, nested } = options;
    const run = services.newId();
    const next = machine.nextAttempt(task.id);
    let lent: LentBatch;
    try {
      lent = nested.begin(this.#toSubmitted(task, run, next.attempt), { by, scope, share }, this.#watch(task, run));
    } catch (error) {
      return this.#refuse(task, error);
    }
    this.#desk.record(by, toBegun(task, next, run));
    stream.carry(lent);
    // The run inside goes on at once, and commits after this.
    stream.flush().catch(() => undefined);
    services.faults?.hit('after-delegate');
  }

  #toSubmitted(task: TaskNode, run: string, attempt: number): Submitted {
    const { submitted, standing } = this.#desk.options;
    return {
      type: 'run.submitted',
      run,
      definition: toInnerDefinition(task, submitted.definition),
      tasks: [],
      force: isForced(task, submitted),
      from: null,
      requestKey: `${this.#desk.run}/${task.id}/${attempt}`,
      origin: { kind: 'nested', run: this.#desk.run, task: task.id },
      inputs: this.#toInputs(task),
      ...toInnerAsks(task, run, submitted, standing),
      ...(submitted.nominalTime === undefined ? {} : { nominalTime: submitted.nominalTime }),
    };
  }

  /** Its run cannot even be made: nothing of it was recorded. */
  #refuse(task: TaskNode, error: unknown): void {
    clearTimeout(this.#nested.get(task.id)?.timer);
    this.#nested.delete(task.id);
    const message = error instanceof Error ? error.message : String(error);
    this.#desk.record(AGENT, [toGivenUp(task, this.#desk.machine.attemptOf(task.id), { code: 'nested-failed', message })]);
  }

  /** Goes on with the run that an earlier agent has begun for this task. */
  adopt(task: TaskNode, run: string): void {
    this.#desk.options.nested.watch(run, this.#watch(task, run));
  }

  /** The task is not wanted any more. */
  abort(task: TaskId): void {
    const nested = this.#nested.get(task);
    if (nested === undefined) return;
    nested.isUnwanted = true;
    nested.child?.cancelAsParent();
  }

  /** Nothing is recorded any more; the runs themselves are stopped by whoever owns them. */
  halt(): void {
    for (const { timer } of this.#nested.values()) clearTimeout(timer);
    this.#nested.clear();
  }

  #watch(task: TaskNode, run: string): NestedWatcher {
    const nested: Nested = { run, timer: this.#startTimer(task), child: undefined, isLate: false, isUnwanted: this.#isUnwanted(task.id) };
    this.#nested.set(task.id, nested);
    return {
      opened: (child) => {
        nested.child = child;
        if (nested.isUnwanted || nested.isLate) child.cancelAsParent();
      },
      closed: (end) => this.#closed(task, nested, end),
    };
  }

  #isUnwanted(task: TaskId): boolean {
    return this.#desk.machine.endReason(task) !== null;
  }

  /** A run that is gone on with after a restart gets its time anew. */
  #startTimer({ id, step }: TaskNode): NodeJS.Timeout | undefined {
    if (step.timeout === undefined) return undefined;
    const give = (): void => {
      const nested = this.#nested.get(id);
      if (nested === undefined) return;
      nested.isLate = true;
      nested.child?.cancelAsParent();
    };
    return setTimeout(give, Math.min(step.timeout * 1000, LONGEST_TIMER));
  }

  #closed(task: TaskNode, nested: Nested, end: NestedEnd): void {
    clearTimeout(nested.timer);
    if (this.#nested.get(task.id) !== nested) return;
    this.#nested.delete(task.id);
    if (this.#desk.isStopped || this.#desk.machine.stateOf(task.id) !== 'running') return;
    this.#desk.together(() => this.#desk.record(this.#desk.by, [this.#toEnd(task, nested, end)]));
  }

  #toEnd(task: TaskNode, nested: Nested, { view, machine: inner }: NestedEnd): RunEvent {
    const { machine, options } = this.#desk;
    const now = machine.nextAttempt(task.id);
    const [attempt, fence] = [now.attempt - 1, now.fence - 1];
    const reason = machine.endReason(task.id);
    if (view.state === 'succeeded') {
      const result = { ...toRunResult(inner.graph, inner, this.#desk.services.hash), seconds: view.seconds, entry: null };
      return { type: 'task.succeeded', task: task.id, attempt, fence, ...result, lineage: toFloorLineage(task) };
    }
    if (nested.isLate) return this.#toFailed(task, attempt, view, toLate(task), 'resource');
    if (view.state === 'cancelled') {
      if (reason !== null) return { type: 'task.cancelled', task: task.id, ...(reason === 'not-needed' ? { because: reason } : {}) };
      return toGivenUp(task, attempt, { code: 'nested-failed', message: `its run ${view.run} was cancelled` });
    }
    const { path, message } = findFailure(view, task.id, (run) => options.nested.view(run));
    return this.#toFailed(task, attempt, view, { code: 'nested-failed', message: `${path} failed: ${message}` }, 'user');
  }

  #toFailed(task: TaskNode, attempt: number, { seconds }: RunView, error: TaskError, failure: 'user' | 'resource'): RunEvent {
    const retryIn = this.#desk.machine.retryAfter(task.id, failure);
    return { type: 'task.failed', task: task.id, attempt, failure, error, seconds, retryIn };
  }

  /** Its step is ready, so all of them have been published. */
  #toInputs(task: TaskNode): { readonly [name: string]: OutputRecord } {
    const inputs = Object.entries(toNestedInputs(task, this.#desk.outputOf, this.#desk.services.hash));
    return Object.fromEntries(inputs.flatMap(([name, output]) => (output === null ? [] : [[name, output]])));
  }
}

function toBegun(task: TaskNode, next: { readonly attempt: number; readonly fence: number }, run: string): readonly RunEvent[] {
  const reasons = [{ kind: 'uncacheable', message: 'a workflow runs as a run of its own, whose tasks are reused one by one' } as const];
  return [
    { type: 'task.started', task: task.id, ...next, key: null, parts: null, against: null, reasons },
    { type: 'task.delegated', task: task.id, attempt: next.attempt, run },
  ];
}

function toLate({ id, step }: TaskNode): TaskError {
  return { code: 'timeout', message: `${id} took longer than its timeout of ${step.timeout ?? 0} s, so its run was cancelled` };
}
