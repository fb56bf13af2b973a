import type { Json } from '../../language/model/json.ts';
import type { TaskId } from '../protocol/runEvents.ts';
import { judge, type ConditionValues, type Verdict } from './condition.ts';
import type { EndReason, RunCommand } from './runCommand.ts';
import { createSlot, isComplete, isEnded, isImpossible, isMet, toSlots } from './runState.ts';
import type { Edge, SkipReason, StepState, TaskSlot } from './runState.ts';
import type { TaskNode } from './taskNode.ts';

/** What the rules of waiting are about. */
interface Waiting {
  readonly steps: readonly StepState[];
  readonly params: { readonly [name: string]: Json };
  isCancelled(): boolean;
  hasSucceeded(task: TaskNode): boolean;
  emit(command: RunCommand): void;
}

/**
 * The rules of waiting: when a step may run, when it never will, and when nobody needs what is still open. Changes steps
 * and slots, and tells the commands that follow.
 */
export class Readiness {
  readonly #run: Waiting;
  readonly #values: ConditionValues;

  constructor(run: Waiting) {
    this.#run = run;
    const byId = new Map(run.steps.map((step) => [step.node.step.id, step]));
    this.#values = { params: run.params, metric: (step, name) => toMetric(byId.get(step), name) };
  }

  /** What can go on before anything has happened. */
  begin(): void {
    for (const step of this.#run.steps) this.#check(step);
  }

  /** A task has succeeded; its slot says so already. */
  succeeded(slot: TaskSlot): void {
    const isAll = isComplete(slot.at);
    for (const edge of slot.at.consumers) this.#gain(edge, isAll);
    if (slot.consumers !== null) for (const edge of slot.consumers) this.#gain(edge, true);
  }

  /** A task has failed or was skipped: whoever needs it cannot run, unless enough others are left. */
  lost(slot: TaskSlot): void {
    const isPlaceholder = slot === slot.at.placeholder;
    const visit = ({ consumer, role }: Edge): void => {
      if (role === 'strict') return this.#doom(consumer, slot.because, 'upstream');
      if (role === 'from') return this.#doom(consumer, slot.because, 'upstream', true);
      if (isPlaceholder) role.unknown -= 1;
      else role.lost += 1;
      if (isImpossible(role)) this.#doom(consumer, slot.because, 'join');
    };
    slot.at.consumers.forEach(visit);
    slot.consumers?.forEach(visit);
  }

  /** The elements of a fan-out are known: `tasks` take the place of its placeholder. Answers their slots. */
  expanded(step: StepState, placeholder: TaskSlot, tasks: readonly TaskNode[]): readonly TaskSlot[] {
    step.placeholder = null;
    step.slots = tasks.map((task) => createSlot(task, step));
    for (const slot of step.slots) slot.unneeded = placeholder.unneeded;
    if (!placeholder.unneeded) step.waiting += tasks.length - 1;
    for (const slot of step.slots) this.resume(slot);
    if (step.phase === 'waiting' && step.slots.length === 0) {
      step.phase = 'closed';
      release(step);
    }
    for (const edge of step.consumers) this.#learn(edge, tasks.length);
    this.#check(step);
    return step.slots;
  }

  /** What is to be done with a task that does not run; nothing if it has ended or waits for others. */
  resume(slot: TaskSlot): void {
    const task = slot.node;
    if (isEnded(slot)) return;
    const because = this.endReason(slot);
    if (because !== null) return this.#run.emit({ kind: 'cancel', task, because });
    const { doom } = slot.at;
    if (doom !== null && slot.at.phase === 'closed')
      return this.#run.emit({ kind: 'skip', task, because: doom.because ?? task.id, reason: doom.reason });
    if (slot.state === 'pausing') return this.#run.emit({ kind: 'wait', task, seconds: slot.pause });
    if (slot === slot.at.placeholder) {
      if (slot.state === 'ready') this.#run.emit({ kind: 'expand', task, from: task.place.from });
    } else if (slot.at.phase === 'ready') this.#run.emit(toNext(task, slot.at.verdict));
  }

  /** `null` = nobody asked for its end. */
  endReason(slot: TaskSlot): EndReason | null {
    if (slot.unneeded) return 'not-needed';
    return this.#run.isCancelled() ? 'run' : null;
  }

  #gain({ consumer, role }: Edge, isThere: boolean): void {
    if (role === 'strict') {
      if (!isThere) return;
      consumer.strict -= 1;
    } else if (role === 'from') {
      if (!isThere) return;
      consumer.from -= 1;
    } else role.succeeded += 1;
    this.#check(consumer);
  }

  #learn({ consumer, role }: Edge, count: number): void {
    if (role !== 'strict' && role !== 'from') {
      role.unknown -= 1;
      role.size += count;
    } else if (count > 0) return;
    else if (role === 'strict') consumer.strict -= 1;
    else consumer.from -= 1;
    this.#check(consumer);
  }

  /** Whether a step that waits may go on, or never will. */
  #check(step: StepState): void {
    if (step.phase !== 'waiting') return;
    const { placeholder } = step;
    if (step.joins.some(isImpossible)) this.#doom(step, null, 'join');
    if (placeholder === null) {
      if (step.doom !== null) this.#close(step);
      else if (step.strict === 0 && step.joins.every(isMet)) this.#makeReady(step);
    } else if (step.from === 0 && placeholder.state === 'waiting') {
      placeholder.state = 'ready';
      if (this.endReason(placeholder) === null) this.resume(placeholder);
    }
  }

  #makeReady(step: StepState): void {
    step.phase = 'ready';
    if (step.joins.length > 0) step.node.settle((task) => this.#run.hasSucceeded(task));
    const { when } = step.node.step;
    const verdict: Verdict = when === undefined ? { kind: 'true' } : judge(when, this.#values);
    step.verdict = verdict;
    for (const slot of step.slots) {
      if (isEnded(slot)) continue;
      if (verdict.kind === 'true') slot.state = 'ready';
      if (this.endReason(slot) === null) this.#run.emit(toNext(slot.node, verdict));
    }
    release(step);
    if (step.joins.length > 0) this.#endUnneeded(step);
  }

  /**
   * Some need of a step will never be there. Elements of a fan-out are made known all the same (none at all is a result too), unless it is they that
   * cannot be known. What else the step waited for goes on, and stays needed: only a join that has enough ends anything, so the
   * outcome does not depend on what happened first.
   */
  #doom(step: StepState, because: TaskId | null, reason: SkipReason, isOfElements = false): void {
    if (step.phase !== 'waiting') return;
    step.doom ??= { because, reason };
    if (step.placeholder === null || isOfElements) this.#close(step);
  }

  #close(step: StepState): void {
    if (step.phase !== 'waiting') return;
    step.phase = 'closed';
    for (const slot of toSlots(step)) if (this.endReason(slot) === null) this.resume(slot);
  }

  /** Ends what only `step` still waited for, and what only that waited for, and so on. */
  #endUnneeded(step: StepState): void {
    const released = [step];
    for (let at = released.pop(); at !== undefined; at = released.pop()) {
      for (const { target, slot } of at.needs) {
        if (slot === null && target.waiters > 0) continue;
        for (const each of slot === null ? toSlots(target) : [slot]) if (isUnneeded(each)) this.#endTask(each);
        if (target.phase !== 'waiting' || target.waiting > 0) continue;
        target.phase = 'closed';
        release(target);
        released.push(target);
      }
    }
  }

  #endTask(slot: TaskSlot): void {
    const step = slot.at;
    if (step.phase === 'waiting') step.waiting -= 1;
    slot.unneeded = true;
    // The run's own end has been asked for already.
    if (this.#run.isCancelled()) return;
    this.#run.emit({ kind: slot.state === 'running' ? 'abort' : 'cancel', task: slot.node, because: 'not-needed' });
  }
}

function toNext(task: TaskNode, verdict: Verdict | null): RunCommand {
  if (verdict?.kind === 'false') return { kind: 'skip', task, because: task.id, reason: 'condition' };
  if (verdict?.kind !== 'error') return { kind: 'dispatch', task };
  return {
    kind: 'fail',
    task,
    error: { code: 'condition-failed', message: `The condition of ${task.step.id} cannot be judged: ${verdict.message}` },
  };
}

/** The last task in order that has the metric says what it is. */
function toMetric(step: StepState | undefined, name: string): number | undefined {
  return step?.slots.findLast(({ metrics }) => Object.hasOwn(metrics, name))?.metrics[name];
}

/** Still open, and neither a result of the run nor waited for by anybody, though somebody did. */
function isUnneeded(slot: TaskSlot): boolean {
  const step = slot.at;
  if (isEnded(slot) || slot.unneeded || slot.feedsOutput || step.feedsOutput) return false;
  return slot.waiters === 0 && step.waiters === 0 && (slot.consumers !== null || step.consumers.length > 0);
}

/** The step waits for nothing any more. */
function release(step: StepState): void {
  for (const edge of step.needs) {
    if (!edge.waits) continue;
    edge.waits = false;
    (edge.slot ?? edge.target).waiters -= 1;
  }
}
