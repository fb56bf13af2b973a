import assert from 'node:assert/strict';
import type { RunCommand } from '../../rde-agent/engine/runCommand.ts';
import { RunMachine } from '../../rde-agent/engine/runMachine.ts';
import type { TaskSource } from '../../rde-agent/engine/taskNode.ts';
import { toTaskGraph } from '../../rde-agent/engine/taskGraph.ts';
import type { PinnedWorkflow } from '../../rde-agent/protocol/pinned.ts';
import { NO_RUN, reduceRun, reduceRunEvents, type RunView } from '../../rde-agent/protocol/runView.ts';
import type { OutputRecord, Recorded, RunEvent, TaskId } from '../../rde-agent/protocol/runEvents.ts';
import { digestOf } from '../support/pinnedWorkflow.ts';
import { Invariants } from './invariants.ts';
import { GIVEN_INPUT } from './randomWorkflow.ts';

const SCOPE = { tenant: 'local', domain: 'experiment' } as const;

const GIVEN: OutputRecord = { type: 'json', digest: digestOf(''), logical: digestOf(''), exact: true, bytes: 0, format: 'json' };

/** Whose step a run is. */
export interface Parent {
  readonly run: SimulatedRun;
  readonly task: TaskId;
}

/** One run of the simulated agent: its record, its machine, the view that its record gives, and what has to be done. */
export class SimulatedRun {
  readonly id: string;
  readonly definition: PinnedWorkflow;
  /** ids of tasks from the outermost run on, each followed by `/` */
  readonly path: string;
  readonly parent: Parent | null;
  readonly log: RunEvent[] = [];
  machine: RunMachine;
  view: RunView = NO_RUN;
  todo: RunCommand[] = [];
  /** attempts that run, nested runs not included */
  running: { readonly task: TaskId; readonly fence: number; readonly attempt: number }[] = [];
  #invariants: Invariants;

  constructor(id: string, definition: PinnedWorkflow, parent: Parent | null) {
    this.id = id;
    this.definition = definition;
    this.parent = parent;
    this.path = parent === null ? '' : `${parent.run.path}${parent.task}/`;
    this.machine = this.#createMachine();
    this.#invariants = new Invariants(definition);
  }

  get depth(): number {
    return this.parent === null ? 0 : this.parent.run.depth + 1;
  }

  submitted(): RunEvent {
    const { id, definition, machine, parent } = this;
    const tasks = machine.graph.nodes.map((node) => node.id);
    const origin = parent === null ? {} : { origin: { kind: 'nested', run: parent.run.id, task: parent.task } as const };
    return { type: 'run.submitted', run: id, definition, tasks, force: false, from: null, requestKey: id, ...origin };
  }

  /** What `event` leads to, checked. */
  apply(event: RunEvent): void {
    this.log.push(event);
    this.#invariants.check(event);
    if (event.type === 'task.started') this.#assertGiven(event.task);
    this.todo.push(...this.machine.apply(event));
    this.view = reduceRun(this.view, this.#recorded(event, this.log.length));
  }

  /** Everything but the first `kept` events is lost; the rest is applied again by a new machine. */
  restart(kept: number): void {
    this.log.splice(kept);
    this.#invariants = new Invariants(this.definition);
    for (const event of this.log) this.#invariants.check(event);
    this.machine = this.replay();
    this.view = this.replayView();
    this.todo = [...this.machine.resume()];
    this.running = [];
  }

  replay(): RunMachine {
    const machine = this.#createMachine();
    for (const event of this.log) machine.apply(event);
    return machine;
  }

  replayView(): RunView {
    return reduceRunEvents(
      NO_RUN,
      this.log.map((event, index) => this.#recorded(event, index + 1)),
    );
  }

  /** The record alone gives what the machine and the view say, and both say the same. */
  assertSame(): void {
    const again = this.replay();
    const ids = [...this.machine.graph.byId.keys()];
    assert.deepEqual([...again.graph.byId.keys()], ids);
    assert.deepEqual(ids.map(toState(again)), ids.map(toState(this.machine)), 'a replay gives another state');
    assert.deepEqual(this.replayView(), this.view, 'a replay gives another view');
    for (const id of ids) {
      const shown = this.view.tasks[id]?.state;
      assert.equal(shown, toShown(this.machine.stateOf(id)), `the view of ${id}`);
    }
    assert.deepEqual([...this.view.order].sort(), Object.keys(this.view.tasks).sort());
  }

  /** What a task is given has succeeded, and is the same after a replay. */
  #assertGiven(task: TaskId): void {
    const inputs = this.machine.graph.byId.get(task)?.inputs ?? {};
    for (const source of Object.values(inputs).flatMap(toLeaves)) {
      if (source.kind === 'value') assert.equal(this.machine.stateOf(source.task), 'succeeded', `${task} is given ${source.task}`);
    }
    if (this.log.length % 8 === 0)
      assert.deepEqual(this.replay().graph.byId.get(task)?.inputs, inputs, `a replay gives ${task} other inputs`);
  }

  #createMachine(): RunMachine {
    return new RunMachine(toTaskGraph(this.definition, { id: this.id, nominalTime: null, inputs: { [GIVEN_INPUT]: GIVEN } }, null));
  }

  #recorded(event: RunEvent, seq: number): Recorded<RunEvent> {
    return { seq, at: '2026-01-01T00:00:00.000Z', by: 'somebody', scope: SCOPE, event };
  }
}

function toState(machine: RunMachine): (task: TaskId) => unknown {
  return (task) => {
    const state = machine.stateOf(task);
    return [task, state, machine.attemptOf(task), machine.nextAttempt(task).fence, machine.metricsOf(task), machine.endReason(task)];
  };
}

function toLeaves(source: TaskSource): readonly TaskSource[] {
  return source.kind === 'list' ? source.items.flatMap(toLeaves) : [source];
}

/** As the view says it; `undefined` = shown no more. */
function toShown(state: ReturnType<RunMachine['stateOf']>): string | undefined {
  if (state === 'expanded') return undefined;
  return state === 'waiting' || state === 'ready' || state === 'pausing' ? 'queued' : state;
}
