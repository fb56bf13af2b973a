import type { OutputRecord, RunEvent, TaskFailureClass, TaskId } from '../protocol/runEvents.ts';
import { toOutcome } from './outcome.ts';
import { Readiness } from './readiness.ts';
import type { EndReason, FinishState, RunCommand } from './runCommand.ts';
import { createStepStates, isEnded, toSlots, type MachineTaskState, type StepState, type TaskSlot } from './runState.ts';
import type { TaskGraph } from './taskGraph.ts';

/** seconds: no pause before a retry is longer */
const LONGEST_PAUSE = 3600;

type Of<T extends RunEvent['type']> = Extract<RunEvent, { readonly type: T }>;
type TaskChange = Of<'task.started' | 'task.reused' | 'task.succeeded' | 'task.failed' | 'task.lost' | 'task.cancelled' | 'task.skipped'>;

/**
 * One run as a state machine: `apply(event)` changes the state inside and answers commands. It is pure in the sense that matters: no clock, no
 * chance, no effects, so a log that is applied again gives the same state. Work per event is bounded by the event's own task and
 * the steps that need it, and each task is looked at once when its step becomes ready; only a cancel and `resume()` look at every task.
 * A task has one end: what is recorded of it later changes nothing.
 */
export class RunMachine {
  readonly graph: TaskGraph;
  readonly #steps: readonly StepState[];
  readonly #slots: TaskSlot[] = [];
  readonly #readiness: Readiness;
  #commands: RunCommand[] = [];
  #open: number;
  #cancelRequested = false;
  #finishAsked = false;
  #finished: FinishState | null = null;

  /** The graph is the machine's from now on: it grows with `step.expanded`. */
  constructor(graph: TaskGraph) {
    this.graph = graph;
    this.#steps = createStepStates(graph);
    for (const slot of this.#steps.flatMap(toSlots)) this.#slots[slot.node.index] = slot;
    this.#open = this.#slots.length;
    this.#readiness = new Readiness({
      steps: this.#steps,
      params: graph.definition.params,
      isCancelled: () => this.#cancelRequested,
      hasSucceeded: (task) => this.#slots[task.index]?.state === 'succeeded',
      emit: (command) => this.#commands.push(command),
    });
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
  /** of a task that has succeeded; else `undefined` */
  readonly output = (task: TaskId, port: string): OutputRecord | undefined => this.#slot(task).outputs[port];
  /** of a task that has succeeded; else empty */
  readonly metricsOf = (task: TaskId): { readonly [name: string]: number } => this.#slot(task).metrics;

  /** Why an attempt that was stopped now is to be recorded as cancelled; `null` = nobody asked for its end. */
  endReason(task: TaskId): EndReason | null {
    return this.#readiness.endReason(this.#slot(task));
  }

  /** Seconds until the next attempt if the present one failed like this; `null` = the task has failed for good. */
  retryAfter(task: TaskId, failure: TaskFailureClass): number | null {
    const slot = this.#slot(task);
    const { retry } = slot.node.step;
    if (this.#readiness.endReason(slot) !== null || !retry.on.includes(failure) || slot.failures + 1 >= retry.attempts) return null;
    return Math.min(retry.backoff * 2 ** slot.failures, LONGEST_PAUSE);
  }

  /** Whether a command is still to be carried out: other events may have been recorded since it was given. */
  wants(command: RunCommand): boolean {
    if (this.#finished !== null) return false;
    if (command.kind === 'finish') return true;
    const slot = this.#slot(command.task.id);
    if (command.kind === 'lose') return slot.state === 'running' && slot.attempt === command.attempt;
    if (command.kind === 'abort' || command.kind === 'cancel') return this.#wantsEnd(slot, command.kind);
    if (command.kind === 'skip' || command.kind === 'fail') return slot.state === 'waiting' || isExpanding(slot);
    if (this.#readiness.endReason(slot) !== null) return false;
    if (command.kind === 'expand') return isExpanding(slot) && slot.at.phase === 'waiting';
    return !isExpanding(slot) && (slot.state === 'ready' || slot.state === 'pausing');
  }

  #wantsEnd(slot: TaskSlot, how: 'abort' | 'cancel'): boolean {
    if (this.#readiness.endReason(slot) === null || isEnded(slot)) return false;
    return (slot.state === 'running') === (how === 'abort');
  }

  /** Answers what is to be done now, in an order in which it may be done. */
  apply(event: RunEvent): readonly RunCommand[] {
    this.#commands = [];
    this.#change(event);
    if (this.#open === 0 && !this.#finishAsked) {
      this.#finishAsked = true;
      this.#commands.push({ kind: 'finish', state: toOutcome(this.#steps, this.#cancelRequested) });
    }
    return this.#commands;
  }

  /** After a replay: everything that an earlier agent had under way or had not come to yet. */
  resume(): readonly RunCommand[] {
    this.#commands = [];
    if (this.#finished !== null) return [];
    if (this.#open === 0) this.#commands.push({ kind: 'finish', state: toOutcome(this.#steps, this.#cancelRequested) });
    for (const slot of this.#slots) {
      if (slot.state === 'running') this.#commands.push({ kind: 'lose', task: slot.node, attempt: slot.attempt });
      else this.#readiness.resume(slot);
    }
    return this.#commands;
  }

  #change(event: RunEvent): void {
    switch (event.type) {
      case 'run.submitted':
        return this.#readiness.begin();
      case 'run.cancelRequested':
        return this.#cancel();
      case 'run.finished':
        this.#finished = event.state;
        return;
      case 'step.expanded':
        return this.#expand(event);
      case 'tasks.ran':
        for (const ran of event.ran) this.#ran(ran);
        return;
      case 'task.running':
      case 'task.progress':
      case 'task.metric':
      case 'task.waiting':
      case 'task.delegated':
      case 'task.distrusted':
        return;
      default:
        return this.#changeTask(event, this.#slot(event.task));
    }
  }

  #changeTask(event: TaskChange, slot: TaskSlot): void {
    if (isEnded(slot)) return;
    switch (event.type) {
      case 'task.started':
        return this.#start(slot, event);
      case 'task.reused':
      case 'task.succeeded':
        return this.#succeed(slot, event);
      case 'task.failed':
        return this.#fail(slot, event.retryIn);
      case 'task.lost':
        slot.state = 'ready';
        return this.#readiness.resume(slot);
      case 'task.cancelled':
        return this.#end(slot, 'cancelled');
      case 'task.skipped':
        slot.because = event.because;
        slot.skipReason = event.reason ?? 'upstream';
        this.#end(slot, 'skipped');
        return this.#readiness.lost(slot);
      default:
        event satisfies never;
    }
  }

  #cancel(): void {
    if (this.#cancelRequested) return;
    this.#cancelRequested = true;
    for (const slot of this.#slots) {
      if (isEnded(slot)) continue;
      this.#commands.push({ kind: slot.state === 'running' ? 'abort' : 'cancel', task: slot.node, because: 'run' });
    }
  }

  #start(slot: TaskSlot, { attempt, fence }: { readonly attempt: number; readonly fence: number }): void {
    slot.state = 'running';
    slot.attempt = attempt;
    slot.fence = fence;
    const because = this.#readiness.endReason(slot);
    // Its end was asked for while it was on its way.
    if (because !== null) this.#commands.push({ kind: 'abort', task: slot.node, because });
  }

  #ran(ran: Of<'tasks.ran'>['ran'][number]): void {
    const slot = this.#slot(ran.task);
    if (isEnded(slot)) return;
    slot.attempt = ran.attempt;
    slot.fence = ran.fence;
    this.#succeed(slot, ran);
  }

  #succeed(slot: TaskSlot, { outputs, metrics }: Pick<TaskSlot, 'outputs' | 'metrics'>): void {
    slot.outputs = outputs;
    slot.metrics = metrics;
    slot.at.succeeded += 1;
    this.#end(slot, 'succeeded');
    this.#readiness.succeeded(slot);
  }

  #fail(slot: TaskSlot, retryIn: number | null): void {
    slot.failures += 1;
    if (retryIn !== null) {
      slot.state = 'pausing';
      slot.pause = retryIn;
      return this.#readiness.resume(slot);
    }
    slot.because = slot.node.id;
    this.#end(slot, 'failed');
    this.#readiness.lost(slot);
  }

  #expand({ step: id, values, count }: Of<'step.expanded'>): void {
    const step = this.#steps[this.graph.step(id)?.index ?? -1];
    if (step === undefined) throw new Error(`the run has no step ${id}`);
    const { placeholder } = step;
    // Known already, or ended while its elements were being read.
    if (placeholder === null || isEnded(placeholder)) return;
    const tasks = this.graph.expand(id, values, count);
    this.#end(placeholder, 'expanded');
    this.#open += count;
    for (const slot of this.#readiness.expanded(step, placeholder, tasks)) this.#slots[slot.node.index] = slot;
  }

  #end(slot: TaskSlot, state: MachineTaskState): void {
    slot.state = state;
    this.#open -= 1;
  }

  #slot(task: TaskId): TaskSlot {
    const slot = this.#slots[this.graph.byId.get(task)?.index ?? -1];
    if (slot === undefined) throw new Error(`the run has no task ${task}`);
    return slot;
  }
}

/** The placeholder of a fan-out whose elements are being read. */
function isExpanding(slot: TaskSlot): boolean {
  return slot.state === 'ready' && slot === slot.at.placeholder;
}
