import assert from 'node:assert/strict';
import { RunDocument, RunSummary } from '../../../../rde-agent/protocol/documents.ts';
import { toRunDocument, toRunSummary } from '../../../../rde-agent/protocol/runDocument.ts';
import type { Recorded, RunEvent } from '../../../../rde-agent/protocol/runEvents.ts';
import { NO_RUN, reduceRun, reduceRunEvents, type RunView } from '../../../../rde-agent/protocol/runView.ts';
import { sketchWorkflow } from '../../../support/pinnedWorkflow.ts';

const OUTPUT = {
  type: 'json',
  digest: `sha256:${'1'.repeat(64)}`,
  logical: `sha256:${'2'.repeat(64)}`,
  exact: false,
  bytes: 3,
  format: 'json',
} as const;
const DEFINITION = sketchWorkflow({ a: {}, e: { needs: ['a'], foreach: ['x', 'y'] }, b: { needs: ['e[*]', 'a'] } });

const EVENTS: readonly RunEvent[] = [
  { type: 'run.submitted', run: 'r', definition: DEFINITION, tasks: ['a', 'e[x]', 'e[y]', 'b'], force: false, from: null, requestKey: 'k' },
  {
    type: 'task.started',
    task: 'a',
    attempt: 1,
    fence: 1,
    key: null,
    parts: null,
    against: 'entry',
    reasons: [{ kind: 'code', message: 'm' }],
  },
  { type: 'task.running', task: 'a', attempt: 1, worker: { mode: 'forked', pid: 2, parent: 1 } },
  { type: 'task.progress', task: 'a', attempt: 1, done: 1, total: 2, message: 'half' },
  { type: 'task.metric', task: 'a', attempt: 1, name: 'loss', value: 0.5, step: 1 },
  {
    type: 'task.failed',
    task: 'a',
    attempt: 1,
    failure: 'infrastructure',
    error: { code: 'worker-lost', message: 'gone' },
    seconds: 1,
    retryIn: 1,
  },
  { type: 'task.started', task: 'a', attempt: 2, fence: 2, key: null, parts: null, against: null, reasons: [] },
  { type: 'task.lost', task: 'a', attempt: 2 },
  { type: 'task.started', task: 'a', attempt: 3, fence: 3, key: null, parts: null, against: null, reasons: [] },
  {
    type: 'task.succeeded',
    task: 'a',
    attempt: 3,
    fence: 3,
    outputs: { out: OUTPUT },
    metrics: { loss: 0.25 },
    lineage: [],
    seconds: 2,
    entry: 'entry',
  },
  { type: 'task.skipped', task: 'e[x]', because: 'a' },
  { type: 'run.cancelRequested' },
  { type: 'task.cancelled', task: 'e[y]' },
  { type: 'task.failed', task: 'b', attempt: 0, failure: 'user', error: { code: 'denied', message: 'no' }, seconds: 0, retryIn: null },
  { type: 'run.finished', state: 'cancelled' },
];

const RECORDED = EVENTS.map((event, index): Recorded<RunEvent> => ({
  seq: index + 1,
  at: new Date(Date.UTC(2026, 0, 1) + index * 1000).toISOString(),
  by: 'local:tester',
  scope: { tenant: 'local', domain: 'experiment' },
  event,
}));

describe('protocol: the state of a run', () => {
  it('is the same whether events come one by one, at once or in pieces', () => {
    const views = RECORDED.reduce<readonly RunView[]>((all, recorded) => [...all, reduceRun(all.at(-1) ?? NO_RUN, recorded)], []);
    for (const [index, view] of views.entries()) {
      assert.deepEqual(reduceRunEvents(NO_RUN, RECORDED.slice(0, index + 1)), view);
      assert.deepEqual(reduceRunEvents(view, RECORDED.slice(index + 1)), views.at(-1));
    }
  });

  it('never changes a state that was given away', () => {
    const half = reduceRunEvents(NO_RUN, RECORDED.slice(0, 5));
    const before = structuredClone(half);
    reduceRunEvents(half, RECORDED.slice(5));
    assert.deepEqual(half, before);
    assert.equal(reduceRunEvents(half, []), half);
    assert.equal(Object.keys(NO_RUN.tasks).length, 0);
  });

  it('says what each task came to', () => {
    const view = reduceRunEvents(NO_RUN, RECORDED);
    const lines = view.order.map(
      (id) => `${id} ${view.tasks[id]?.state ?? ''} ${view.tasks[id]?.decision ?? '-'} ${String(view.tasks[id]?.attempts)}`,
    );
    assert.deepEqual(lines, ['a succeeded executed 3', 'e[x] skipped - 0', 'e[y] cancelled - 0', 'b failed - 0']);
    assert.deepEqual(
      view.steps.map((step) => [step.id, step.needs, step.tasks]),
      [
        ['a', [], ['a']],
        ['e', ['a'], ['e[x]', 'e[y]']],
        ['b', ['e', 'a'], ['b']],
      ],
    );
    assert.deepEqual([view.state, view.seconds, view.cancelRequested, view.by], ['cancelled', 14, true, 'local:tester']);
  });

  it('keeps what became of each attempt but the newest', () => {
    const view = reduceRunEvents(NO_RUN, RECORDED);
    const at = (second: number): string => RECORDED[second]?.at ?? '';
    const gone = { code: 'worker-lost', message: 'gone' } as const;
    const failed = { attempt: 1, started: at(1), finished: at(5), end: 'failed', error: gone } as const;
    const lost = { attempt: 2, started: at(6), finished: at(7), end: 'lost', error: null } as const;
    assert.deepEqual(view.tasks['a']?.earlier, [failed, lost]);
    assert.deepEqual(reduceRunEvents(NO_RUN, RECORDED.slice(0, 6)).tasks['a']?.earlier, [failed]);
    assert.equal(view.tasks['b']?.earlier, undefined);
    assert.deepEqual(toRunDocument(view).steps[0]?.earlier, [failed, lost]);
  });

  it('lists a fan-out over nothing, which has no tasks', () => {
    const view = reduceRunEvents(NO_RUN, RECORDED);
    const empty: RunView = { ...view, steps: [...view.steps, { id: 'none', kind: 'module', name: 'ns/none', needs: ['a'], tasks: [] }] };
    const { steps } = toRunDocument(empty);
    const last = steps.at(-1);
    assert.deepEqual([steps.length, last?.step, last?.module, last?.state, last?.elements], [5, 'none[*]', 'ns/none', 'succeeded', 0]);
  });

  it('ignores an event of a newer agent', () => {
    const view = reduceRunEvents(NO_RUN, RECORDED);
    const newer = { ...RECORDED[0], event: { type: 'task.teleported', task: 'a' } } as unknown;
    assert.deepEqual(reduceRun(view, newer as Recorded<RunEvent>), view);
  });

  it('becomes the documents of the command line', () => {
    const view = reduceRunEvents(NO_RUN, RECORDED);
    const document = toRunDocument(view);
    assert.deepEqual(RunDocument.parse(document), document);
    assert.deepEqual(RunSummary.parse(toRunSummary(view)), toRunSummary(view));
    assert.deepEqual(
      document.steps.map((step) => step.step),
      ['a', 'e[x]', 'e[y]', 'b'],
    );
    assert.deepEqual(document.steps[0]?.outputs['out'], {
      digest: OUTPUT.digest,
      logical: OUTPUT.logical,
      type: 'json',
      rows: 0,
      bytes: 3,
    });
  });
});
