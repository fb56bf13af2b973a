import assert from 'node:assert/strict';
import { RunDocument, RunSummary } from '../../../../rde-agent/protocol/documents.ts';
import type { KeyParts } from '../../../../rde-agent/protocol/keyParts.ts';
import { toRunDocument, toRunSummary } from '../../../../rde-agent/protocol/runDocument.ts';
import type { OutputRecord, Recorded, RunEvent, TaskId } from '../../../../rde-agent/protocol/runEvents.ts';
import { NO_RUN, reduceRunEvents, type RunView } from '../../../../rde-agent/protocol/runView.ts';
import { digestOf, sketchWorkflow, type StepSketch } from '../../../support/pinnedWorkflow.ts';

const AT = '2026-01-01T00:00:00.000Z';
const WORKER = { mode: 'kept', pid: 2, parent: 1 } as const;
const OUTPUT: OutputRecord = { type: 'json', digest: digestOf('d'), logical: digestOf('l'), exact: false, bytes: 3, format: 'json' };

const PARTS: KeyParts = {
  scope: { tenant: 'local', domain: 'experiment', residency: 'any' },
  module: { kind: 'module', name: 'test/x', entry: 'main.py:run', interface: digestOf('i'), code: digestOf('c') },
  environment: { python: '3.13.0', platform: 'linux-x86_64', packages: {}, image: null, variables: {} },
  inputs: {},
  params: {},
  seed: null,
  nominalTime: null,
  determinism: { class: 'pure', version: 1, salt: '' },
};

type Submitted = Extract<RunEvent, { type: 'run.submitted' }>;

function viewOf(
  sketches: { readonly [step: string]: StepSketch },
  tasks: readonly TaskId[],
  events: readonly RunEvent[],
  more: Partial<Submitted> = {},
): RunView {
  const definition = sketchWorkflow(sketches);
  const submitted: Submitted = { type: 'run.submitted', run: 'r', definition, tasks, force: false, from: null, requestKey: 'k', ...more };
  const all = [submitted, ...events];
  return reduceRunEvents(
    NO_RUN,
    all.map((event, index): Recorded<RunEvent> => ({
      seq: index + 1,
      at: AT,
      by: 'local:tester',
      scope: { tenant: 'local', domain: 'experiment' },
      event,
    })),
  );
}

const started = (task: TaskId): RunEvent => ({
  type: 'task.started',
  task,
  attempt: 1,
  fence: 1,
  key: null,
  parts: null,
  against: null,
  reasons: [],
});
const succeeded = (task: TaskId): RunEvent => ({
  type: 'task.succeeded',
  task,
  attempt: 1,
  fence: 1,
  outputs: { out: OUTPUT },
  metrics: {},
  lineage: [],
  seconds: 1,
  entry: null,
});
const delegated = (task: TaskId, run: string): RunEvent => ({ type: 'task.delegated', task, attempt: 1, run });
const NESTED: StepSketch = { changes: { kind: 'workflow', name: 'test/inner' } };

describe('protocol: runs that grow and runs within runs', () => {
  const dynamic: { readonly [step: string]: StepSketch } = {
    a: {},
    e: {
      changes: { foreach: { names: ['x'], values: {}, from: { x: { step: 'a', port: 'out', select: { kind: 'none' } } } }, cluster: 'big' },
    },
    j: { needs: ['e[*]'], changes: { when: { kind: 'metric', step: 'a', name: 'm' } } },
  };
  const expanded = (count: number): RunEvent => ({ type: 'step.expanded', step: 'e', values: {}, count });

  it('puts the tasks of a fan-out in the place of the one that stood for them', () => {
    const before = viewOf(dynamic, ['a', 'e[*]', 'j'], []);
    assert.deepEqual(
      before.steps.map((step) => [step.needs, step.tasks]),
      [
        [[], ['a']],
        [['a'], ['e[*]']],
        [['e', 'a'], ['j']],
      ],
    );
    const after = viewOf(dynamic, ['a', 'e[*]', 'j'], [expanded(2), expanded(3)]);
    assert.deepEqual(after.order, ['a', 'e[0]', 'e[1]', 'j']);
    assert.deepEqual(after.steps[1]?.tasks, ['e[0]', 'e[1]']);
    assert.deepEqual([after.tasks['e[*]'], after.tasks['e[1]']?.state, after.tasks['e[1]']?.cluster], [undefined, 'queued', 'big']);
    assert.deepEqual(viewOf(dynamic, ['a', 'e[*]', 'j'], [expanded(0)]).order, ['a', 'j']);
    const ended = viewOf(dynamic, ['a', 'e[*]', 'j'], [{ type: 'task.skipped', task: 'e[*]', because: 'a' }, expanded(2)]);
    assert.deepEqual(ended.order, ['a', 'e[*]', 'j'], 'it ended before');
  });

  it('takes a batch as so many tasks that began and succeeded', () => {
    const ran = ['e[0]', 'e[2]', 'none'].map((task) => ({
      task,
      attempt: 1,
      fence: 1,
      outputs: { out: OUTPUT },
      metrics: { m: 1 },
      seconds: 0.5,
    }));
    const view = viewOf({ e: { foreach: [0, 1, 2] } }, ['e[0]', 'e[1]', 'e[2]'], [{ type: 'tasks.ran', step: 'e', worker: WORKER, ran }]);
    const { state, decision, attempts, seconds, outputs, metrics, worker } = view.tasks['e[2]'] ?? {};
    assert.deepEqual(
      { state, decision, attempts, seconds, outputs, metrics, worker },
      {
        state: 'succeeded',
        decision: 'executed',
        attempts: 1,
        seconds: 0.5,
        outputs: { out: OUTPUT },
        metrics: { m: 1 },
        worker: WORKER,
      },
    );
    assert.deepEqual([view.state, view.tasks['e[1]']?.state], ['running', 'queued']);
  });

  it('says why a task did not run, and lets nothing follow its end', () => {
    const view = viewOf(
      { a: {}, b: {}, c: {} },
      ['a', 'b', 'c'],
      [
        { type: 'task.skipped', task: 'a', because: 'a', reason: 'condition' },
        { type: 'task.cancelled', task: 'b', because: 'not-needed' },
        { type: 'task.cancelled', task: 'c', because: 'run' },
        succeeded('a'),
        started('b'),
      ],
    );
    assert.deepEqual(view.tasks['a']?.skipped, { because: 'a', reason: 'condition' });
    assert.deepEqual([view.tasks['b']?.notNeeded, view.tasks['c']?.notNeeded], [true, undefined]);
    assert.deepEqual(
      view.order.map((id) => view.tasks[id]?.state),
      ['skipped', 'cancelled', 'cancelled'],
    );
  });

  it('shows the steps of nested runs below their own, to any depth', () => {
    const reused = { key: digestOf('k'), entry: 'e', producer: { run: 'old', task: 'x' }, lineage: [], reasons: [], saved: 1, metrics: {} };
    const hit = (task: TaskId): RunEvent => ({ type: 'task.reused', task, parts: PARTS, outputs: {}, ...reused });
    const nested = (inner: readonly RunEvent[]): ReadonlyMap<string, RunView> =>
      new Map([
        ['middle', viewOf({ low: NESTED }, ['low'], [started('low'), delegated('low', 'inner'), succeeded('low')])],
        ['inner', viewOf({ x: {}, y: {} }, ['x', 'y'], inner, { origin: { kind: 'nested', run: 'middle', task: 'low' }, nominalTime: AT })],
      ]);
    const outer = viewOf({ check: NESTED, z: {} }, ['check', 'z'], [started('check'), delegated('check', 'middle'), succeeded('check')]);
    const rows = (runs: ReadonlyMap<string, RunView>): readonly string[] => {
      const document = toRunDocument(outer, (run) => runs.get(run));
      assert.deepEqual(RunDocument.parse(document), document);
      return document.steps.map((step) => `${step.step} ${step.workflow ?? step.module ?? ''} ${step.run ?? '-'} ${step.decision ?? '-'}`);
    };
    assert.deepEqual(rows(nested([started('x'), succeeded('x'), hit('y')])), [
      'check test/inner middle executed',
      'check/low test/inner inner executed',
      'check/low/x test/x - executed',
      'check/low/y test/y - reused',
      'z test/z - -',
    ]);
    const skipped: RunEvent = { type: 'task.skipped', task: 'y', because: 'y', reason: 'condition' };
    assert.deepEqual(rows(nested([hit('x'), skipped])).slice(0, 2), [
      'check test/inner middle reused',
      'check/low test/inner inner reused',
    ]);
    assert.deepEqual(rows(new Map()), ['check test/inner middle executed', 'z test/z - -'], 'their runs cannot be had');
    const inner = nested([]).get('inner');
    assert.ok(inner !== undefined);
    assert.equal(RunSummary.parse(toRunSummary(inner)).parent, 'middle');
    const runs = nested([hit('x'), hit('y')]);
    assert.equal(toRunDocument(outer, (run) => runs.get(run)).saved, 2, 'what nested runs saved is saved');
    const { parent, origin, nominalTime } = toRunDocument(inner);
    assert.deepEqual([parent, origin?.kind, nominalTime], ['middle', 'nested', AT]);
    assert.equal(Object.hasOwn(toRunSummary(outer), 'parent'), false);
  });
});
