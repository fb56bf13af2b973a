import assert from 'node:assert/strict';
import { toExpansion } from '../../rde-agent/engine/elements.ts';
import { toNestedDefinition, toRunResult } from '../../rde-agent/engine/nested.ts';
import type { RunCommand } from '../../rde-agent/engine/runCommand.ts';
import type { TaskNode } from '../../rde-agent/engine/taskNode.ts';
import type { PinnedWorkflow } from '../../rde-agent/protocol/pinned.ts';
import type { OutputRecord, RunEvent, TaskId } from '../../rde-agent/protocol/runEvents.ts';
import { digestOf } from '../support/pinnedWorkflow.ts';
import { toElementCount, toFate } from './fate.ts';
import { SimulatedRun } from './simulatedRun.ts';

export interface Disturbance {
  /** in a thousand moves; beside the fates of tasks */
  readonly crashes: number;
  readonly cancels: number;
  /** in a hundred ends of attempts */
  readonly faults: number;
}

/** moves that no run needs */
const ENDLESS = 20_000;

type Entry = { readonly run: SimulatedRun; readonly event: RunEvent };

const WORKER = { mode: 'kept', pid: 1, parent: 1 } as const;

/**
 * An executor of which nothing is real: it carries out commands in any order, ends attempts when it likes, and now and then forgets
 * everything but a prefix of what it recorded.
 */
export class SimulatedAgent {
  readonly root: SimulatedRun;
  /** commands carried out and events recorded */
  steps = 0;
  readonly #chance: (below: number) => number;
  readonly #disturbance: Disturbance;
  /** one disk: transactions in order */
  #disk: (readonly Entry[])[] = [];
  #runs: SimulatedRun[] = [];
  #created = 0;
  #disturbed = 0;

  constructor(definition: PinnedWorkflow, chance: (below: number) => number, disturbance: Disturbance) {
    this.#chance = chance;
    this.#disturbance = disturbance;
    this.root = this.#create(definition, null);
    this.#commit([{ run: this.root, event: this.root.submitted() }]);
  }

  /** Moves until the outermost run has ended. */
  play(): void {
    for (let moves = 0; this.root.machine.finished === null; moves += 1) {
      assert.ok(moves < ENDLESS, 'the run does not end');
      this.#move();
    }
    for (const run of this.#runs) {
      assert.notEqual(run.machine.finished, null, `${run.id} goes on after its parent`);
      run.assertSame();
    }
  }

  #move(): void {
    const dice = this.#chance(1000);
    const { crashes, cancels } = this.#disturbance;
    const mayDisturb = this.#disturbed < 40;
    if (dice < crashes && mayDisturb) return this.#crash();
    if (dice < crashes + cancels && mayDisturb) return this.#cancel(this.#pick(this.#runs));
    if (dice > 990) this.#pick(this.#runs).assertSame();
    const busy = this.#runs.filter((run) => run.todo.length > 0);
    const running = this.#runs.filter((run) => run.running.length > 0);
    if (running.length > 0 && (busy.length === 0 || dice % 2 === 0)) return this.#settle(this.#pick(running));
    assert.ok(busy.length > 0, `nothing to do and nothing runs: ${this.#toOpen()}`);
    const run = this.#pick(busy);
    const [command] = run.todo.splice(this.#chance(run.todo.length), 1);
    if (command !== undefined) this.#carryOut(run, command);
  }

  #carryOut(run: SimulatedRun, command: RunCommand): void {
    this.steps += 1;
    if (!run.machine.wants(command)) return;
    switch (command.kind) {
      case 'finish':
        this.#record(run, { type: 'run.finished', state: command.state });
        return this.#report(run);
      case 'dispatch':
      case 'wait':
        return this.#start(run, command.task);
      case 'expand':
        return this.#expand(run, command.task);
      case 'lose':
        // The run of a nested workflow has been taken up as well, or has ended meanwhile.
        if (this.#childOf(run, command.task.id) !== undefined) return this.#reportTo(run, command.task.id);
        return this.#record(run, { type: 'task.lost', task: command.task.id, attempt: command.attempt });
      case 'abort':
        return this.#abort(run, command.task.id);
      case 'cancel':
        return this.#record(run, { type: 'task.cancelled', task: command.task.id, because: command.because });
      case 'skip':
        return this.#record(run, { type: 'task.skipped', task: command.task.id, because: command.because, reason: command.reason });
      case 'fail':
        return this.#record(run, toFailed(command.task.id, run.machine.attemptOf(command.task.id), 'user', null, command.error.code));
    }
  }

  #start(run: SimulatedRun, task: TaskNode): void {
    if (task.step.contract.reuse === 'worker' && task.step.kind === 'module' && isSmooth(run, task) && this.#chance(2) === 0)
      return this.#runBatch(run, task);
    const next = run.machine.nextAttempt(task.id);
    const started: RunEvent = { type: 'task.started', task: task.id, ...next, key: null, parts: null, against: null, reasons: [] };
    if (task.step.kind !== 'workflow') {
      this.#record(run, started);
      run.running.push({ task: task.id, ...next });
      return;
    }
    const child = this.#create(toNestedDefinition(run.definition, task, { limit: 1 }), { run, task: task.id });
    const delegated: RunEvent = { type: 'task.delegated', task: task.id, attempt: next.attempt, run: child.id };
    this.#commit([
      { run, event: started },
      { run, event: delegated },
      { run: child, event: child.submitted() },
    ]);
  }

  /** All tasks of the step that are ready and go well, in one kept interpreter. */
  #runBatch(run: SimulatedRun, { place }: TaskNode): void {
    const { machine, path } = run;
    const ready = place.tasks.filter((task) => machine.wants({ kind: 'dispatch', task }) && isSmooth(run, task));
    const ran = ready.map(({ id }) => ({ task: id, ...machine.nextAttempt(id), ...toResult(`${path}${id}`), seconds: 0 }));
    this.#record(run, { type: 'tasks.ran', step: place.step.id, worker: WORKER, ran });
  }

  #expand(run: SimulatedRun, { step }: TaskNode): void {
    const { foreach } = step;
    assert.ok(foreach !== undefined);
    const found = Object.entries(foreach.from ?? {}).map(
      ([name, reference]) => [name, Array.from({ length: toElementCount(reference.step) }, (_, index) => index)] as const,
    );
    this.#record(run, { type: 'step.expanded', step: step.id, ...toExpansion(foreach, Object.fromEntries(found)) });
  }

  /** An attempt ends: as its fate says, or by a fault. */
  #settle(run: SimulatedRun): void {
    const [attempt] = run.running.splice(this.#chance(run.running.length), 1);
    assert.ok(attempt !== undefined);
    const { task, fence } = attempt;
    if (!run.machine.isCurrent(task, fence)) return;
    const fate = toFate(`${run.path}${task}`);
    const isFault = this.#chance(100) < this.#disturbance.faults || attempt.attempt <= fate.faults;
    if (isFault || fate.fails) {
      const failure = isFault ? 'infrastructure' : 'user';
      return this.#record(run, toFailed(task, attempt.attempt, failure, run.machine.retryAfter(task, failure), 'user-error'));
    }
    const result = toResult(`${run.path}${task}`);
    this.#record(run, { type: 'task.succeeded', task, attempt: attempt.attempt, fence, ...result, lineage: [], seconds: 0, entry: null });
  }

  #abort(run: SimulatedRun, task: TaskId): void {
    const child = this.#childOf(run, task);
    if (child !== undefined) return this.#cancel(child);
    // The attempt may have its result before it hears of it.
    if (this.#chance(4) === 0) return;
    run.running = run.running.filter((attempt) => attempt.task !== task);
    this.#record(run, { type: 'task.cancelled', task, because: run.machine.endReason(task) ?? 'run' });
  }

  #cancel(run: SimulatedRun): void {
    if (run.parent === null) this.#disturbed += 1;
    if (run.machine.finished !== null || run.machine.cancelRequested) return;
    this.#record(run, { type: 'run.cancelRequested' });
  }

  /** A nested run has ended: so does the task that it is the run of. */
  #report({ parent }: SimulatedRun): void {
    if (parent !== null) this.#reportTo(parent.run, parent.task);
  }

  #reportTo(run: SimulatedRun, task: TaskId): void {
    const child = this.#childOf(run, task);
    const finished = child?.machine.finished ?? null;
    const attempt = run.machine.attemptOf(task);
    if (child === undefined || finished === null || run.machine.stateOf(task) !== 'running') return;
    const because = run.machine.endReason(task);
    if (finished === 'succeeded') {
      const { metrics } = toRunResult(child.machine.graph, child.machine, digestOf);
      const fence = run.machine.nextAttempt(task).fence - 1;
      this.#record(run, { type: 'task.succeeded', task, attempt, fence, outputs: {}, metrics, lineage: [], seconds: 0, entry: null });
    } else if (because !== null) this.#record(run, { type: 'task.cancelled', task, because });
    else this.#record(run, toFailed(task, attempt, 'user', run.machine.retryAfter(task, 'user'), 'nested-failed'));
  }

  /** The nested run of a task's present attempt. */
  #childOf(run: SimulatedRun, task: TaskId): SimulatedRun | undefined {
    const delegated = run.log.findLast(
      (event) => event.type === 'task.delegated' && event.task === task && event.attempt === run.machine.attemptOf(task),
    );
    return delegated?.type === 'task.delegated' ? this.#runs.find(({ id }) => id === delegated.run) : undefined;
  }

  /** Some of what was recorded last did not reach the disk; runs of which nothing did have never been. */
  #crash(): void {
    this.#disturbed += 1;
    this.#disk.splice(Math.max(1, this.#disk.length - this.#chance(4)));
    const kept = new Map<SimulatedRun, number>();
    for (const { run } of this.#disk.flat()) kept.set(run, (kept.get(run) ?? 0) + 1);
    this.#runs = this.#runs.filter((run) => kept.has(run));
    for (const run of this.#runs) run.restart(kept.get(run) ?? 0);
  }

  #create(definition: PinnedWorkflow, parent: SimulatedRun['parent']): SimulatedRun {
    this.#created += 1;
    const run = new SimulatedRun(`run-${String(this.#created)}`, definition, parent);
    this.#runs.push(run);
    return run;
  }

  #record(run: SimulatedRun, event: RunEvent): void {
    this.#commit([{ run, event }]);
  }

  #commit(entries: readonly Entry[]): void {
    this.#disk.push(entries);
    for (const { run, event } of entries) run.apply(event);
    this.steps += entries.length;
  }

  #pick<T>(of: readonly T[]): T {
    const picked = of[this.#chance(of.length)];
    assert.ok(picked !== undefined);
    return picked;
  }

  #toOpen(): string {
    return this.#runs
      .map(
        (run) =>
          `${run.id} ${Object.values(run.view.tasks)
            .map((task) => `${task.id} ${task.state}`)
            .join(', ')}`,
      )
      .join('; ');
  }
}

function isSmooth({ path }: SimulatedRun, { id }: TaskNode): boolean {
  const { fails, faults } = toFate(`${path}${id}`);
  return !fails && faults === 0;
}

function toResult(path: string): {
  readonly outputs: { readonly out: OutputRecord };
  readonly metrics: { readonly [name: string]: number };
} {
  const digest = digestOf(path);
  const { metric } = toFate(path);
  const out: OutputRecord = { type: 'json', digest, logical: digest, exact: true, bytes: 1, format: 'json' };
  return { outputs: { out }, metrics: metric === undefined ? {} : { m: metric } };
}

function toFailed(
  task: TaskId,
  attempt: number,
  failure: 'user' | 'infrastructure',
  retryIn: number | null,
  code: Extract<RunEvent, { type: 'task.failed' }>['error']['code'],
): RunEvent {
  return { type: 'task.failed', task, attempt, failure, error: { code, message: code }, seconds: 0, retryIn };
}
