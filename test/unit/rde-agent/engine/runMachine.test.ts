import assert from 'node:assert/strict';
import type { Condition } from '../../../../language/model/condition.ts';
import { FAILURE_CLASSES, type FailureClass, type Foreach } from '../../../../language/model/workflow.ts';
import type { RunCommand } from '../../../../rde-agent/engine/runCommand.ts';
import { RunMachine } from '../../../../rde-agent/engine/runMachine.ts';
import { toTaskGraph, type TaskGraph } from '../../../../rde-agent/engine/taskGraph.ts';
import type { RunEvent, TaskId } from '../../../../rde-agent/protocol/runEvents.ts';
import { sketchWorkflow, type StepSketch } from '../../../support/pinnedWorkflow.ts';

type Sketches = { readonly [step: string]: StepSketch };

function graphOf(sketches: Sketches): TaskGraph {
  return toTaskGraph(sketchWorkflow(sketches), { id: 'r', nominalTime: null }, null);
}

function submitted(sketches: Sketches, graph: TaskGraph): RunEvent {
  return {
    type: 'run.submitted',
    run: 'r',
    definition: sketchWorkflow(sketches),
    tasks: graph.nodes.map((node) => node.id),
    force: false,
    from: null,
    requestKey: 'k',
  };
}

const toText = (command: RunCommand): string => {
  switch (command.kind) {
    case 'finish':
      return `finish ${command.state}`;
    case 'skip':
      return `skip ${command.task.id} because ${command.because}${command.reason === 'upstream' ? '' : ` (${command.reason})`}`;
    case 'abort':
    case 'cancel':
      return `${command.kind} ${command.task.id}${command.because === 'run' ? '' : ` (${command.because})`}`;
    case 'wait':
      return `wait ${command.task.id} ${String(command.seconds)}`;
    default:
      return `${command.kind} ${command.task.id}`;
  }
};

const started = (machine: RunMachine, task: TaskId): RunEvent => ({
  type: 'task.started',
  task,
  ...machine.nextAttempt(task),
  key: null,
  parts: null,
  against: null,
  reasons: [],
});
const succeeded = (machine: RunMachine, task: TaskId, metrics: { readonly [name: string]: number } = {}): RunEvent => {
  const attempt = machine.attemptOf(task);
  return { type: 'task.succeeded', task, attempt, fence: attempt, outputs: {}, metrics, lineage: [], seconds: 0, entry: null };
};
const ran = (machine: RunMachine, step: string, tasks: readonly TaskId[]): RunEvent => ({
  type: 'tasks.ran',
  step,
  worker: { mode: 'kept', pid: 2, parent: 1 },
  ran: tasks.map((task) => ({ task, ...machine.nextAttempt(task), outputs: {}, metrics: {}, seconds: 0 })),
});
const toValues = (count: number): { readonly values: { readonly x: readonly number[] }; readonly count: number } => ({
  values: { x: Array.from({ length: count }, (_, index) => index) },
  count,
});
const failed = (machine: RunMachine, task: TaskId, failure: FailureClass): RunEvent => ({
  type: 'task.failed',
  task,
  attempt: machine.attemptOf(task),
  failure,
  error: { code: 'user-error', message: '' },
  seconds: 0,
  retryIn: machine.retryAfter(task, failure),
});

/** Applies steps like `a ok`, `b user`, `cancel`, and answers the commands of each. */
function play(sketches: Sketches, moves: readonly string[]): readonly (readonly string[])[] {
  const graph = graphOf(sketches);
  const machine = new RunMachine(graph);
  const commands = [machine.apply(submitted(sketches, graph))];
  for (const move of moves) {
    const [task = '', how, rest] = move.split(' ');
    if (how === 'elements') commands.push(machine.apply({ type: 'step.expanded', step: task, ...toValues(Number(rest)) }));
    else if (how === 'ran') commands.push(machine.apply(ran(machine, task, (rest ?? '').split(','))));
    else if (how === 'metric') commands.push(machine.apply(succeeded(machine, task, { m: Number(rest) })));
    else if (how === 'unneeded') commands.push(machine.apply({ type: 'task.cancelled', task, because: 'not-needed' }));
    else if (task === 'cancel') commands.push(machine.apply({ type: 'run.cancelRequested' }));
    else if (how === 'start') commands.push(machine.apply(started(machine, task)));
    else if (how === 'skipped') commands.push(machine.apply({ type: 'task.skipped', task, because: 'x' }));
    else if (how === 'cancelled') commands.push(machine.apply({ type: 'task.cancelled', task }));
    else if (how === 'ok') commands.push(machine.apply(succeeded(machine, task)));
    else commands.push(machine.apply(failed(machine, task, how === 'user' ? 'user' : 'infrastructure')));
  }
  return commands.map((list) => list.map(toText));
}

const over = (step: string): Foreach => ({
  names: ['x'],
  values: {},
  from: { x: { step, port: 'out', select: { kind: 'none' } } },
});
const above = (step: string, limit: number | string): Condition => ({
  kind: 'compare',
  operator: '>',
  left: { kind: 'metric', step, name: 'm' },
  right: { kind: 'literal', value: limit },
});

describe('engine: run machine', () => {
  const chain = { a: {}, b: { needs: ['a'] }, c: { needs: ['b'] } };

  it('dispatches when the last need is there, and finishes', () => {
    assert.deepEqual(play({ a: {}, b: {}, c: { needs: ['a', 'b'] } }, ['a start', 'b start', 'a ok', 'b ok', 'c start', 'c ok']), [
      ['dispatch a', 'dispatch b'],
      [],
      [],
      [],
      ['dispatch c'],
      [],
      ['finish succeeded'],
    ]);
    assert.deepEqual(play({}, []), [['finish succeeded']]);
  });

  it('skips dependents of a failure, one level at a time, and not the rest', () => {
    assert.deepEqual(play({ ...chain, d: {} }, ['a start', 'a user', 'b skipped', 'c skipped', 'd start', 'd ok']), [
      ['dispatch a', 'dispatch d'],
      [],
      ['skip b because a'],
      ['skip c because x'],
      [],
      [],
      ['finish failed'],
    ]);
    const diamond = { a: {}, b: { needs: ['a'] }, c: { needs: ['a'] }, d: { needs: ['b', 'c'] } };
    assert.deepEqual(play(diamond, ['a start', 'a ok', 'b start', 'c start', 'b user', 'c user']).slice(-2), [['skip d because b'], []]);
  });

  it('pauses longer before each further attempt, only for classes of the policy', () => {
    const sketches = { a: { changes: { retry: { attempts: 4, backoff: 10, on: ['infrastructure' as const] } } } };
    const moves = ['a start', 'a lost', 'a start', 'a lost', 'a start', 'a lost', 'a start', 'a lost'];
    assert.deepEqual(play(sketches, moves).flat(), ['dispatch a', 'wait a 10', 'wait a 20', 'wait a 40', 'finish failed']);
    assert.deepEqual(play(sketches, ['a start', 'a user']).flat(), ['dispatch a', 'finish failed']);
  });

  it('retries the classes of the policy alone, as often as it says, never longer than an hour, and not what is being ended', () => {
    const waits = (on: readonly FailureClass[], failure: FailureClass, attempts = 3, backoff = 1): readonly (number | null)[] => {
      const graph = graphOf({ a: { changes: { retry: { attempts, backoff, on } } } });
      const machine = new RunMachine(graph);
      return Array.from({ length: attempts }, () => {
        machine.apply(started(machine, 'a'));
        const retryIn = machine.retryAfter('a', failure);
        machine.apply(failed(machine, 'a', failure));
        return retryIn;
      });
    };
    for (const failure of FAILURE_CLASSES) {
      assert.deepEqual(waits([failure], failure), [1, 2, null], failure);
      assert.equal(
        waits(
          FAILURE_CLASSES.filter((other) => other !== failure),
          failure,
        )[0],
        null,
        failure,
      );
    }
    assert.deepEqual(waits(['user'], 'user', 1), [null]);
    assert.deepEqual(waits(['user'], 'user', 4, 1500), [1500, 3000, 3600, null]);
    const graph = graphOf({ a: {} });
    const machine = new RunMachine(graph);
    machine.apply(started(machine, 'a'));
    machine.apply({ type: 'run.cancelRequested' });
    assert.equal(machine.retryAfter('a', 'infrastructure'), null);
  });

  it('cancels what waits and stops what runs', () => {
    assert.deepEqual(play({ ...chain, d: {} }, ['a start', 'cancel', 'b cancelled', 'c cancelled', 'd cancelled', 'a cancelled']), [
      ['dispatch a', 'dispatch d'],
      [],
      ['abort a', 'cancel b', 'cancel c', 'cancel d'],
      [],
      [],
      [],
      ['finish cancelled'],
    ]);
    assert.deepEqual(play(chain, ['a start', 'cancel', 'a ok', 'b cancelled', 'c cancelled']).slice(-3), [[], [], ['finish cancelled']]);
  });

  it('refuses a result of an attempt that is not the present one', () => {
    const graph = graphOf({ a: {} });
    const machine = new RunMachine(graph);
    machine.apply(submitted({ a: {} }, graph));
    machine.apply(started(machine, 'a'));
    machine.apply({ type: 'task.lost', task: 'a', attempt: 1 });
    assert.equal(machine.isCurrent('a', 1), false);
    machine.apply(started(machine, 'a'));
    assert.deepEqual([machine.isCurrent('a', 1), machine.isCurrent('a', 2)], [false, true]);
  });

  it('expands a fan-out when what its elements come from is there, and waits for the rest', () => {
    const sketches: Sketches = { a: {}, b: {}, e: { needs: ['b'], changes: { foreach: over('a') } }, j: { needs: ['e[*]'] } };
    assert.deepEqual(
      play(sketches, ['a start', 'a ok', 'e elements 2', 'b start', 'b ok', 'e[0] start', 'e[0] ok', 'e[1] start', 'e[1] ok']),
      [['dispatch a', 'dispatch b'], [], ['expand e[*]'], [], [], ['dispatch e[0]', 'dispatch e[1]'], [], [], [], ['dispatch j']],
    );
    assert.deepEqual(play(sketches, ['a start', 'a ok', 'e elements 0']).at(-1), ['dispatch j'], 'nothing to wait for');
    assert.deepEqual(play(sketches, ['a start', 'a user', 'e[*] skipped']).slice(-2), [['skip e[*] because a'], ['skip j because x']]);
    const failing = play(sketches, ['a start', 'a ok', 'b start', 'b user', 'e elements 2', 'e[0] skipped']);
    assert.deepEqual(failing.slice(-3), [[], ['skip e[0] because b', 'skip e[1] because b'], ['skip j because x']]);
    const cancelled = play(sketches, ['a start', 'a ok', 'cancel', 'e elements 2']);
    assert.deepEqual(cancelled.at(-1), ['cancel e[0]', 'cancel e[1]']);
  });

  it('F36: a fan-out whose elements cannot be read fails like a task', () => {
    const sketches: Sketches = { a: {}, e: { changes: { foreach: over('a') } }, j: { needs: ['e[*]'] } };
    assert.deepEqual(play(sketches, ['a start', 'a ok', 'e[*] user', 'j skipped']).slice(-2), [['skip j because e[*]'], ['finish failed']]);
  });

  it('judges a condition when all else is there, and skips or fails by it', () => {
    const when = (limit: number | string): Sketches => ({
      a: {},
      b: { needs: ['a'], changes: { when: above('a', limit) } },
      c: { needs: ['b'] },
    });
    assert.deepEqual(play(when(1), ['a start', 'a metric 2']).at(-1), ['dispatch b']);
    assert.deepEqual(play(when(3), ['a start', 'a metric 2', 'b skipped', 'c skipped']).slice(-3), [
      ['skip b because b (condition)'],
      ['skip c because x'],
      ['finish succeeded'],
    ]);
    assert.deepEqual(play(when('x'), ['a start', 'a metric 2', 'b user', 'c skipped']).slice(-3), [
      ['fail b'],
      ['skip c because b'],
      ['finish failed'],
    ]);
    assert.deepEqual(play(when(1), ['a start', 'a ok']).at(-1), ['fail b'], 'there is no such metric');
  });

  it('goes on with the first of a join, and ends what only that was for', () => {
    const sketches: Sketches = {
      up: {},
      e: { needs: ['up'], foreach: [0, 1, 2] },
      f: { needs: ['e[2]'] },
      any: { needs: ['e[*]'], changes: { join: { kind: 'any' } } },
      two: { needs: ['e[*]'], changes: { join: { kind: 'quorum', count: 2 } } },
    };
    const moves = ['up start', 'up ok', 'e[0] start', 'e[2] start', 'e[0] ok', 'e[2] ok', 'e[1] unneeded', 'any start', 'any ok'];
    const [first, ...rest] = play(sketches, moves);
    assert.deepEqual(first, ['dispatch up']);
    assert.deepEqual(rest.slice(4), [['dispatch any'], ['dispatch two', 'cancel e[1] (not-needed)', 'dispatch f'], [], [], []]);
    const impossible: Sketches = { e: { foreach: [0, 1] }, two: { needs: ['e[*]'], changes: { join: { kind: 'quorum', count: 2 } } } };
    assert.deepEqual(play(impossible, ['e[1] start', 'e[1] user', 'e[0] start', 'e[0] ok', 'two skipped']).slice(2), [
      ['skip two because e[1] (join)'],
      [],
      [],
      ['finish failed'],
    ]);
    const none: Sketches = { e: { foreach: [] }, any: { needs: ['e[*]'], changes: { join: { kind: 'any' } } } };
    assert.deepEqual(play(none, ['any skipped']), [['skip any because any (join)'], ['finish succeeded']]);
  });

  it('gives a join those that had succeeded when it went on, in foreach order, though others may still be unknown', () => {
    const items = (['e', 'f'] as const).map((step) => ({ step, port: 'out', select: { kind: 'all' as const } }));
    const sketches: Sketches = {
      a: {},
      e: { foreach: [0, 1, 2] },
      f: { changes: { foreach: over('a') } },
      j: { needs: ['a'], changes: { inputs: { in0: { items } }, join: { kind: 'quorum', count: 2 } } },
    };
    const graph = graphOf(sketches);
    const machine = new RunMachine(graph);
    machine.apply(submitted(sketches, graph));
    const ended: readonly RunEvent[] = [succeeded(machine, 'e[2]'), failed(machine, 'e[1]', 'user'), succeeded(machine, 'e[0]')];
    const commands = ended.flatMap((event) => machine.apply(event));
    assert.deepEqual(commands.map(toText), ['dispatch j', 'cancel f[*] (not-needed)', 'cancel a (not-needed)']);
    assert.deepEqual(graph.byId.get('j')?.inputs['in0'], {
      kind: 'list',
      items: ['e[0]', 'e[2]'].map((task) => ({ kind: 'value', task, port: 'out' })),
    });
  });

  it('ends what nobody needs through several steps, but no result, and makes up for failures that a join tolerates', () => {
    const branch = (name: string): Sketches => ({ [name]: {}, [`${name}2`]: { needs: [name] } });
    const list = { items: ['a2', 'b2'].map((step) => ({ step, port: 'out', select: { kind: 'none' as const } })) };
    const sketches: Sketches = {
      ...branch('a'),
      ...branch('b'),
      j: { needs: ['a2'], changes: { inputs: { in0: list }, join: { kind: 'any' } } },
    };
    const quick = ['a start', 'a ok', 'b start', 'a2 start', 'a2 ok'];
    assert.deepEqual(play(sketches, quick).at(-1), ['dispatch j', 'cancel b2 (not-needed)', 'abort b (not-needed)']);
    const ends = ['b unneeded', 'b2 unneeded', 'j start', 'j ok'];
    assert.deepEqual(play(sketches, [...quick, ...ends]).at(-1), ['finish succeeded']);
    const tolerated = ['a start', 'b start', 'b user', 'b2 skipped', 'a ok', 'a2 start', 'a2 ok', 'j start', 'j ok'];
    assert.deepEqual(play(sketches, tolerated).at(-1), ['finish succeeded']);
    const missed = ['a start', 'b start', 'b user', 'b2 skipped', 'a user', 'a2 skipped', 'j skipped'];
    assert.deepEqual(play(sketches, missed).at(-1), ['finish failed']);
  });

  it('takes batches: each task of one is started and has succeeded', () => {
    const sketches: Sketches = { e: { foreach: [0, 1, 2] }, j: { needs: ['e[*]'] } };
    assert.deepEqual(play(sketches, ['e ran e[0],e[2]', 'e[1] start', 'e[1] ok']).at(-1), ['dispatch j']);
    const graph = graphOf(sketches);
    const machine = new RunMachine(graph);
    machine.apply(submitted(sketches, graph));
    machine.apply(ran(machine, 'e', ['e[0]', 'e[1]']));
    assert.deepEqual([machine.attemptOf('e[1]'), machine.nextAttempt('e[1]').fence, machine.stateOf('e[2]')], [1, 2, 'ready']);
  });

  it('F33: a task has one end, whatever is recorded after it, and says what is still to be done', () => {
    const sketches: Sketches = { a: {}, b: { needs: ['a'] } };
    const graph = graphOf(sketches);
    const machine = new RunMachine(graph);
    const [dispatch] = machine.apply(submitted(sketches, graph));
    assert.ok(dispatch !== undefined && machine.wants(dispatch));
    machine.apply(started(machine, 'a'));
    assert.equal(machine.wants(dispatch), false, 'it runs already');
    const [abort, cancel] = machine.apply({ type: 'run.cancelRequested' });
    assert.deepEqual(machine.apply({ type: 'run.cancelRequested' }), [], 'twice is once');
    assert.ok(abort !== undefined && cancel !== undefined && machine.wants(abort) && machine.wants(cancel));
    machine.apply(succeeded(machine, 'a'));
    assert.equal(machine.wants(abort), false, 'it has ended by itself');
    assert.deepEqual(machine.apply({ type: 'task.cancelled', task: 'a' }), []);
    assert.equal(machine.stateOf('a'), 'succeeded');
    assert.deepEqual(machine.apply({ type: 'task.cancelled', task: 'b' }).map(toText), ['finish cancelled']);
  });

  it('does work in proportion to what happens, on 10,000 tasks', () => {
    const sketches: Sketches = {
      a: {},
      e: { needs: ['a'], foreach: Array.from({ length: 10_000 }, (_, index) => index) },
      j: { needs: ['e[*]'] },
    };
    const graph = graphOf(sketches);
    const machine = new RunMachine(graph);
    let commands = machine.apply(submitted(sketches, graph)).length;
    for (const node of graph.nodes) {
      machine.apply(started(machine, node.id));
      commands += machine.apply(succeeded(machine, node.id)).length;
    }
    assert.equal(commands, graph.nodes.length + 1);
  });
});
