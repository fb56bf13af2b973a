import assert from 'node:assert/strict';
import { toReferences, type Reference } from '../../language/model/workflow.ts';
import type { PinnedStep, PinnedWorkflow } from '../../rde-agent/protocol/pinned.ts';
import { toStepId, type RunEvent, type TaskId } from '../../rde-agent/protocol/runEvents.ts';
import { toTaskIds } from './oracle.ts';

type End = 'succeeded' | 'failed' | 'skipped' | 'cancelled';

/**
 * What must hold of every event, told from the workflow and the events before it alone: one end for each attempt, task and run, no start
 * before the needs are there, growing fences, and no end of a task as not needed while somebody waits for it.
 */
export class Invariants {
  readonly #definition: PinnedWorkflow;
  readonly #ends = new Map<TaskId, End>();
  readonly #attempts = new Map<TaskId, { attempt: number; fence: number; isOpen: boolean }>();
  /** tasks that have been known to be ready: they were started or reused */
  readonly #begun = new Set<TaskId>();
  readonly #elements = new Map<string, readonly TaskId[]>();
  #cancelRequested = false;
  #finished = false;

  constructor(definition: PinnedWorkflow) {
    this.#definition = definition;
    for (const step of definition.steps) if (step.foreach?.from === undefined) this.#elements.set(step.id, toTaskIds(step));
    // What a workflow was given is there from the start.
    this.#elements.set('inputs', ['inputs']);
    this.#ends.set('inputs', 'succeeded');
  }

  check(event: RunEvent): void {
    assert.ok(!this.#finished, `${event.type} after the end of the run`);
    switch (event.type) {
      case 'run.cancelRequested':
        assert.ok(!this.#cancelRequested, 'asked twice');
        this.#cancelRequested = true;
        return;
      case 'run.finished':
        return this.#finish();
      case 'step.expanded':
        return this.#expand(event.step, event.count);
      case 'tasks.ran':
        return event.ran.forEach((ran) => {
          this.#start(ran.task, ran.attempt, ran.fence);
          this.#end(ran.task, ran.attempt, 'succeeded');
        });
      case 'task.started':
        return this.#start(event.task, event.attempt, event.fence);
      case 'task.succeeded':
        assert.equal(event.fence, this.#attempts.get(event.task)?.fence, 'the fence of an older attempt');
        return this.#end(event.task, event.attempt, 'succeeded');
      case 'task.failed':
        return event.retryIn === null ? this.#end(event.task, event.attempt, 'failed') : this.#pause(event.task, event.attempt);
      case 'task.lost':
        return this.#pause(event.task, event.attempt);
      case 'task.cancelled':
        if (event.because === 'not-needed') this.#assertUnneeded(event.task);
        else assert.ok(this.#cancelRequested, `${event.task} was cancelled though nobody asked`);
        return this.#end(event.task, undefined, 'cancelled');
      case 'task.skipped':
        this.#assertSkip(event.task, event.because);
        return this.#end(event.task, undefined, 'skipped');
      default:
        return;
    }
  }

  #start(task: TaskId, attempt: number, fence: number): void {
    assert.equal(this.#ends.get(task), undefined, `${task} starts after its end`);
    const before = this.#attempts.get(task);
    assert.ok(before?.isOpen !== true, `${task} starts twice`);
    assert.ok(attempt > (before?.attempt ?? 0) && fence > (before?.fence ?? 0), `fence ${String(fence)} of ${task} does not grow`);
    assert.ok(this.#isReady(this.#step(task)), `${task} starts before its needs are there`);
    this.#attempts.set(task, { attempt, fence, isOpen: true });
    this.#begun.add(task);
  }

  #pause(task: TaskId, attempt: number): void {
    const open = this.#attempts.get(task);
    assert.ok(open?.isOpen === true && open.attempt === attempt, `${task} has no attempt ${String(attempt)}`);
    open.isOpen = false;
  }

  #end(task: TaskId, attempt: number | undefined, end: End): void {
    assert.equal(this.#ends.get(task), undefined, `${task} ends twice`);
    const open = this.#attempts.get(task);
    if (attempt !== undefined) assert.equal(attempt, open?.attempt ?? 0);
    if (open !== undefined) open.isOpen = false;
    this.#ends.set(task, end);
  }

  #expand(step: string, count: number): void {
    assert.ok(!this.#elements.has(step), `the elements of ${step} are known already`);
    for (const reference of Object.values(this.#step(step).foreach?.from ?? {}))
      assert.ok(this.#hasAll(reference), `${step} is expanded too early`);
    this.#elements.set(
      step,
      Array.from({ length: count }, (_, index) => `${step}[${String(index)}]`),
    );
  }

  #finish(): void {
    for (const step of this.#definition.steps)
      for (const task of this.#tasks(step.id)) assert.ok(this.#ends.has(task), `${task} was forgotten`);
    this.#finished = true;
  }

  /** Only a task that somebody wanted and nobody waits for any more: each that refers to it has begun or ended, or is unneeded itself. */
  #assertUnneeded(task: TaskId): void {
    const names = (reference: Reference): boolean => isNamed(reference, task);
    assert.ok(!Object.values(this.#definition.outputs).some(names), `${task} is a result and was ended`);
    const after = this.#definition.steps.filter((step) => toNeeded(step).some(names) && this.#tasks(step.id).length > 0);
    assert.ok(after.length > 0, `${task} is the last of its kind and was ended`);
    for (const step of after) {
      if (this.#isReady(step)) continue;
      for (const each of this.#tasks(step.id)) if (!this.#ends.has(each)) this.#assertUnneeded(each);
      for (const each of this.#tasks(step.id))
        assert.notEqual(this.#ends.get(each), 'failed', `${task} was ended though ${each} waited for it`);
    }
  }

  #assertSkip(task: TaskId, because: TaskId): void {
    const end = this.#ends.get(because);
    assert.ok(because === task || end === 'failed' || end === 'skipped', `${task} is skipped because ${because} is ${end ?? 'open'}`);
    assert.ok(!this.#begun.has(task), `${task} has begun and is skipped`);
  }

  /** All needs are there, whatever the condition says. */
  #isReady(step: PinnedStep): boolean {
    const count = step.join?.kind === 'any' ? 1 : step.join?.kind === 'quorum' ? step.join.count : undefined;
    const isThere = (input: PinnedStep['inputs'][string]): boolean => {
      const references = toReferences(input);
      const isList = 'items' in input || references[0]?.select.kind === 'all';
      if (!isList || count === undefined) return references.every((reference) => this.#hasAll(reference));
      const succeeded = references.flatMap((reference) => this.#named(reference)).filter((task) => this.#ends.get(task) === 'succeeded');
      return succeeded.length >= count;
    };
    const others = toNeeded({ ...step, inputs: {} });
    return this.#elements.has(step.id) && Object.values(step.inputs).every(isThere) && others.every((reference) => this.#hasAll(reference));
  }

  #hasAll(reference: Reference): boolean {
    return this.#elements.has(reference.step) && this.#named(reference).every((task) => this.#ends.get(task) === 'succeeded');
  }

  #named({ step, select }: Reference): readonly TaskId[] {
    return select.kind === 'one' ? [`${step}[${select.element}]`] : (this.#elements.get(step) ?? []);
  }

  /** of the placeholder while there are no others */
  #tasks(step: string): readonly TaskId[] {
    return this.#elements.get(step) ?? [`${step}[*]`];
  }

  #step(task: TaskId): PinnedStep {
    const step = this.#definition.steps.find(({ id }) => id === toStepId(task));
    assert.ok(step !== undefined);
    return step;
  }
}

function isNamed({ step, select }: Reference, task: TaskId): boolean {
  return step === toStepId(task) && (select.kind !== 'one' || `${step}[${select.element}]` === task);
}

/** Everything that a step refers to. */
function toNeeded(step: PinnedStep): readonly Reference[] {
  const read = [...JSON.stringify(step.when ?? null).matchAll(/"metric","step":"([^"]*)"/g)];
  const conditions = read.map(([, id = '']): Reference => ({ step: id, port: undefined, select: { kind: 'all' } }));
  return [...Object.values(step.inputs).flatMap(toReferences), ...Object.values(step.foreach?.from ?? {}), ...conditions];
}
