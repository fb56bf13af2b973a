import assert from 'node:assert/strict';
import type { RunView } from '../../../../rde-agent/protocol/runView.ts';
import { NO_RUN } from '../../../../rde-agent/protocol/runView.ts';
import { toQueuedTask, type TaskView } from '../../../../rde-agent/protocol/taskView.ts';
import { filterRows, sortRows, toggleSort, toMetricsText, toTaskRows } from '../../../../webviews/run/table/taskRows.ts';

function task(id: string, more: Partial<TaskView> = {}): TaskView {
  return { ...toQueuedTask(id, id.replace(/\[.*$/, ''), 'local'), ...more };
}

const done = { state: 'succeeded', decision: 'executed', finished: '2026-11-21T20:00:02.000Z' } as const;
const tasks = [
  task('load', { ...done, decision: 'reused', saved: 61, started: '2026-11-21T20:00:00.100Z' }),
  task('train[b]', { ...done, started: '2026-11-21T20:00:01.000Z', seconds: 1, metrics: { loss: 0.25 } }),
  task('train[a]', {
    ...done,
    started: '2026-11-21T20:00:01.500Z',
    seconds: 0.5,
    reasons: [{ kind: 'param', name: 'k', message: 'parameter k', before: '1', after: '2' }],
  }),
  task('check', {
    state: 'failed',
    decision: 'executed',
    error: { code: 'user-error', message: 'no <b>' },
    started: '2026-11-21T20:00:02.000Z',
  }),
  task('card', { state: 'skipped', skipped: { because: 'check', reason: 'upstream' } }),
];
const run: RunView = {
  ...NO_RUN,
  submitted: '2026-11-21T20:00:00.000Z',
  steps: [{ id: 'train', kind: 'module', name: 'demo/train', needs: [], tasks: ['train[b]', 'train[a]'] }],
  tasks: Object.fromEntries(tasks.map((one) => [one.id, one])),
  order: tasks.map((one) => one.id),
};
const rows = toTaskRows(run);
const ids = (some: typeof rows): readonly string[] => some.map((row) => row.task.id);

describe('rows of the table of tasks', () => {
  it('say in one line what came of each', () => {
    assert.deepEqual(
      rows.map((row) => row.note),
      ['1 min 01 s saved', '', 'parameter k, 1 → 2', 'user-error: no <b>', 'because of check'],
    );
    assert.deepEqual(
      rows.map((row) => row.startedAfter),
      [0.1, 1, 1.5, 2, null],
    );
    assert.equal(rows[1]?.uses, 'demo/train');
    assert.equal(rows[1] && toMetricsText(rows[1].task), 'loss 0.25');
  });

  it('are found by every word of the filter, and by what became of them', () => {
    assert.deepEqual(ids(filterRows(rows, 'TRAIN loss', 'all')), ['train[b]']);
    assert.deepEqual(ids(filterRows(rows, '', 'reused')), ['load']);
    assert.deepEqual(ids(filterRows(rows, '', 'failed')), ['check']);
    assert.deepEqual(ids(filterRows(rows, 'nothing of the kind', 'all')), []);
  });

  it('are sorted both ways, those without a value last', () => {
    assert.deepEqual(ids(sortRows(rows, { by: 'task', descending: false })), ['card', 'check', 'load', 'train[a]', 'train[b]']);
    assert.deepEqual(ids(sortRows(rows, { by: 'seconds', descending: true })).slice(0, 2), ['train[b]', 'train[a]']);
    assert.equal(ids(sortRows(rows, { by: 'started', descending: true })).at(-1), 'card');
    assert.equal(ids(sortRows(rows, { by: 'state', descending: false }))[0], 'check');
  });

  it('go back to the order of the workflow at the third click', () => {
    const first = toggleSort({ by: 'order', descending: false }, 'task');
    const second = toggleSort(first, 'task');
    assert.deepEqual(
      [first, second, toggleSort(second, 'task')],
      [
        { by: 'task', descending: false },
        { by: 'task', descending: true },
        { by: 'order', descending: false },
      ],
    );
    assert.deepEqual(toggleSort(second, 'state'), { by: 'state', descending: false });
  });
});
