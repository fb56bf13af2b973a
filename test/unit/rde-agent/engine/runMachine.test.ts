import assert from 'node:assert/strict';
import fc from 'fast-check';
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
      return `skip ${command.task.id} because ${command.because}`;
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
const succeeded = (machine: RunMachine, task: TaskId): RunEvent => {
  const attempt = machine.attemptOf(task);
  return { type: 'task.succeeded', task, attempt, fence: attempt, outputs: {}, metrics: {}, lineage: [], seconds: 0, entry: null };
};
const failed = (machine: RunMachine, task: TaskId, failure: 'user' | 'infrastructure'): RunEvent => ({
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
    const [task = '', how] = move.split(' ');
    if (task === 'cancel') commands.push(machine.apply({ type: 'run.cancelRequested' }));
    else if (how === 'start') commands.push(machine.apply(started(machine, task)));
    else if (how === 'skipped') commands.push(machine.apply({ type: 'task.skipped', task, because: 'x' }));
    else if (how === 'cancelled') commands.push(machine.apply({ type: 'task.cancelled', task }));
    else if (how === 'ok') commands.push(machine.apply(succeeded(machine, task)));
    else commands.push(machine.apply(failed(machine, task, how === 'user' ? 'user' : 'infrastructure')));
  }
  return commands.map((list) => list.map(toText));
}

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

  it('keeps its promises on random workflows with random outcomes, crashes and cancels', () => {
    fc.assert(
      fc.property(workflows(), fc.infiniteStream(fc.nat({ max: 99 })), (sketches, chance) =>
        simulate(sketches, () => Number(chance.next().value)),
      ),
      { numRuns: 300 },
    );
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

function workflows(): fc.Arbitrary<Sketches> {
  const step = fc.record({
    needs: fc.array(fc.nat({ max: 20 }), { maxLength: 3 }),
    wide: fc.nat({ max: 3 }),
    attempts: fc.integer({ min: 1, max: 3 }),
  });
  return fc.array(step, { minLength: 1, maxLength: 8 }).map((steps) => {
    const sketches: { [step: string]: StepSketch } = {};
    for (const [index, { needs, wide, attempts }] of steps.entries()) {
      const earlier = [...new Set(needs.map((need) => need % Math.max(1, index)))].filter((need) => need < index);
      sketches[`s${String(index)}`] = {
        needs: earlier.map((need) => (sketches[`s${String(need)}`]?.foreach === undefined ? `s${String(need)}` : `s${String(need)}[*]`)),
        ...(wide === 0 ? {} : { foreach: Array.from({ length: wide }, (_, element) => element) }),
        changes: { retry: { attempts, backoff: 1, on: ['infrastructure'] } },
      };
    }
    return sketches;
  });
}

/** A small executor: carries out commands in random order, with random outcomes; now and then everything but the log is lost. */
function simulate(sketches: Sketches, chance: () => number): void {
  const graph = graphOf(sketches);
  const log: RunEvent[] = [];
  let machine = new RunMachine(graph);
  let todo: RunCommand[] = [];
  let running: TaskId[] = [];
  const record = (event: RunEvent): void => {
    log.push(event);
    todo.push(...machine.apply(event));
  };
  const crash = (): void => {
    // What was recorded last may not have reached the disk.
    log.splice(Math.max(1, log.length - (chance() % 3)));
    machine = new RunMachine(graph);
    for (const event of log) machine.apply(event);
    todo = [...machine.resume()];
    running = [];
  };
  record(submitted(sketches, graph));
  for (let moves = 0; machine.finished === null; moves += 1) {
    assert.ok(moves < 5000, 'the run does not end');
    const move = chance();
    if (move < 3 && moves < 200) crash();
    else if (move === 99 && moves < 100 && !machine.cancelRequested) record({ type: 'run.cancelRequested' });
    else if (running.length > 0 && (move % 2 === 0 || todo.length === 0)) settle(running, machine, chance, record);
    else carryOut(todo.splice(chance() % Math.max(1, todo.length), 1)[0], { machine, running, record });
  }
  assertKept(graph, log);
}

function settle(running: TaskId[], machine: RunMachine, chance: () => number, record: (event: RunEvent) => void): void {
  const [task] = running.splice(chance() % running.length, 1);
  if (task === undefined) return;
  const how = chance();
  if (how < 70) record(succeeded(machine, task));
  else if (machine.cancelRequested && how < 85) record({ type: 'task.cancelled', task });
  else record(failed(machine, task, how < 90 ? 'infrastructure' : 'user'));
}

function carryOut(
  command: RunCommand | undefined,
  at: { machine: RunMachine; running: TaskId[]; record: (event: RunEvent) => void },
): void {
  assert.ok(command, 'nothing to do and nothing runs: a task was forgotten');
  const { machine, running, record } = at;
  const state = command.kind === 'finish' ? '' : machine.stateOf(command.task.id);
  switch (command.kind) {
    case 'dispatch':
    case 'wait':
      if (machine.cancelRequested || (state !== 'ready' && state !== 'pausing')) return;
      record(started(machine, command.task.id));
      running.push(command.task.id);
      return;
    case 'lose':
      return record({ type: 'task.lost', task: command.task.id, attempt: command.attempt });
    case 'cancel':
      if (['waiting', 'ready', 'pausing'].includes(state)) record({ type: 'task.cancelled', task: command.task.id });
      return;
    case 'skip':
      if (state === 'waiting') record({ type: 'task.skipped', task: command.task.id, because: command.because });
      return;
    case 'finish':
      return record({ type: 'run.finished', state: command.state });
    case 'abort':
      return;
  }
}

/** One end a task, no start after it, no start before its needs succeeded, every fence larger than the one before, one end of the run. */
function assertKept(graph: TaskGraph, log: readonly RunEvent[]): void {
  const ended = new Map<TaskId, string>();
  const fences = new Map<TaskId, number>();
  for (const event of log) {
    if (!('task' in event)) continue;
    assert.equal(ended.get(event.task), undefined, `${event.type} of ${event.task} after its end`);
    if (event.type === 'task.started') {
      assert.ok(event.fence > (fences.get(event.task) ?? 0));
      fences.set(event.task, event.fence);
      for (const need of graph.byId.get(event.task)?.needs ?? []) assert.equal(ended.get(graph.nodes[need]?.id ?? ''), 'task.succeeded');
    }
    const isEnd =
      ['task.succeeded', 'task.cancelled', 'task.skipped'].includes(event.type) || (event.type === 'task.failed' && event.retryIn === null);
    if (isEnd) ended.set(event.task, event.type);
  }
  assert.equal(ended.size, graph.nodes.length);
  assert.equal(log.filter((event) => event.type === 'run.finished').length, 1);
  assert.equal(log.at(-1)?.type, 'run.finished');
}
