import assert from 'node:assert/strict';
import { NO_RUN, type RunView } from '../../../../rde-agent/protocol/runView.ts';
import { toQueuedTask, type TaskView } from '../../../../rde-agent/protocol/taskView.ts';
import { toSegments } from '../../../../webviews/run/timeline/segments.ts';
import { toAxisEnd, toLaneRows, toStepRows, toTicks } from '../../../../webviews/run/timeline/timeline.ts';

const start = Date.parse('2026-11-21T20:00:00.000Z');
const at = (seconds: number): string => new Date(start + 1000 * seconds).toISOString();

function ran(id: string, from: number, to: number | null, more: Partial<TaskView> = {}): TaskView {
  const step = id.replace(/\[.*$/, '').replace(/^.*\//, '');
  const seconds = to === null ? 0 : to - from;
  return {
    ...toQueuedTask(id, step, 'local'),
    state: to === null ? 'running' : 'succeeded',
    decision: 'executed',
    attempts: 1,
    started: at(from),
    finished: to === null ? null : at(to),
    seconds,
    ...more,
  };
}

function toRun(tasks: readonly TaskView[], needs: { readonly [step: string]: readonly string[] } = {}): RunView {
  const byStep = Map.groupBy(
    tasks.filter((task) => !task.id.includes('/')),
    (task) => task.step,
  );
  return {
    ...NO_RUN,
    submitted: at(0),
    steps: [...byStep].map(([id, own]) => ({ id, kind: 'module', name: id, needs: needs[id] ?? [], tasks: own.map((task) => task.id) })),
    tasks: Object.fromEntries(tasks.map((task) => [task.id, task])),
    order: tasks.map((task) => task.id),
  };
}

describe('the timeline', () => {
  const fan = toRun([ran('load', 0.5, 1), ran('train[a]', 1.5, 2), ran('train[b]', 1.75, 3)], { train: ['load'] });

  it('waits from the end of the last thing needed to the start', () => {
    const [load, train] = toStepRows(fan, new Set(), new Set(['load']));
    assert.deepEqual(
      load?.bars.map(({ ready, from, to }) => [ready, from, to]),
      [[0, 0.5, 1]],
    );
    assert.deepEqual(
      train?.bars.map(({ ready, from, to }) => [ready, from, to]),
      [
        [1, 1.5, 2],
        [1, 1.75, 3],
      ],
    );
    assert.deepEqual([load?.critical, train?.critical], [true, false]);
  });

  it('folds a fan-out into one row, and unfolds it', () => {
    const folded = toStepRows(fan, new Set(), new Set());
    assert.deepEqual(
      folded.map(({ key, count, expanded, task }) => [key, count, expanded, task]),
      [
        ['load', 1, undefined, 'load'],
        ['train', 2, false, null],
      ],
    );
    const unfolded = toStepRows(fan, new Set(['train']), new Set());
    assert.deepEqual(
      unfolded.map(({ label, level }) => [label, level]),
      [
        ['load', 1],
        ['train', 1],
        ['[a]', 2],
        ['[b]', 2],
      ],
    );
  });

  it('keeps ten thousand tasks of a fan-out in one row of few pieces', () => {
    const many = toRun(Array.from({ length: 10_000 }, (_, index) => ran(`each[${index}]`, index / 1000, index / 1000 + 0.01)));
    const [row] = toStepRows(many, new Set(), new Set());
    assert.equal(row?.count, 10_000);
    const segments = toSegments(row?.bars ?? [], 10, 0.02);
    assert.ok(segments.length <= 2, String(segments.length));
    assert.equal(segments.find((segment) => segment.kind === 'ran')?.count, 10_000);
  });

  it('places tasks of runs inside below theirs', () => {
    const rows = toStepRows(toRun([ran('check', 0, 2), ran('check/score', 0.5, 1)]), new Set(), new Set());
    assert.deepEqual(
      rows.map(({ key, level }) => [key, level]),
      [
        ['check', 1],
        ['check/score', 2],
      ],
    );
  });

  it('draws one of a batch, of which only the end is told, by its seconds', () => {
    const [row] = toStepRows(toRun([ran('a', 2, 2, { seconds: 0.5 })]), new Set(), new Set());
    assert.deepEqual(
      row?.bars.map(({ from, to }) => [from, to]),
      [[1.5, 2]],
    );
  });

  it('marks what is reused at its moment, and what runs up to now', () => {
    const run = toRun([ran('a', 1, 1, { decision: 'reused' }), ran('b', 2, null)]);
    const [reused, running] = toStepRows(run, new Set(), new Set());
    assert.deepEqual(
      toSegments(reused?.bars ?? [], 5, 0).map(({ kind, from, to }) => [kind, from, to]),
      [['reused', 1, 1]],
    );
    assert.deepEqual(
      toSegments(running?.bars ?? [], 5, 0).map(({ kind, from, to }) => [kind, from, to]),
      [
        ['waited', 0, 2],
        ['running', 2, 5],
      ],
    );
  });

  describe('of a task that was tried again', () => {
    const gone = { code: 'worker-lost', message: 'gone' } as const;
    const failed = { attempt: 1, started: at(1), finished: at(2), end: 'failed', error: gone } as const;
    const lost = { attempt: 2, started: at(4), finished: at(5), end: 'lost', error: null } as const;
    const toKinds = (task: TaskView, now = 9) => {
      const [row] = toStepRows(toRun([task]), new Set(), new Set());
      return toSegments(row?.bars ?? [], now, 1).map(({ kind, from, to, bar }) => [kind, bar.attempt, from, to]);
    };

    it('has a bar for each attempt, and the waits between them', () => {
      assert.deepEqual(toKinds(ran('a', 6, 8, { attempts: 3, earlier: [failed, lost] })), [
        ['waited', 1, 0, 1],
        ['retried', 1, 1, 2],
        ['waited', 2, 2, 4],
        ['retried', 2, 4, 5],
        ['waited', 3, 5, 6],
        ['ran', 3, 6, 8],
      ]);
    });

    it('waits for the next attempt up to now, or to its end', () => {
      const task = ran('a', 1, 2, { attempts: 1, earlier: [failed] });
      assert.deepEqual(toKinds({ ...task, state: 'queued' }).at(-1), ['waited', 2, 2, 9]);
      assert.deepEqual(toKinds({ ...task, state: 'cancelled', finished: at(3) }).at(-1), ['cancelled', 2, 2, 3]);
      assert.deepEqual(toKinds({ ...task, decision: 'reused', started: at(4), finished: at(4), seconds: 0 }).at(-1), ['reused', 1, 4, 4]);
    });

    it('is one task in a folded fan-out, and takes a lane for each attempt alone', () => {
      const again = ran('train[a]', 4, 5, { attempts: 2, earlier: [failed] });
      const run = toRun([again, ran('train[b]', 1, 2), ran('train[c]', 2, 4)]);
      const [row] = toStepRows(run, new Set(), new Set());
      assert.deepEqual(
        toSegments(row?.bars ?? [], 5, 9).map(({ kind, count }) => [kind, count]),
        [
          ['waited', 3],
          ['retried', 1],
          ['ran', 3],
        ],
      );
      assert.deepEqual(
        toLaneRows(run).map(({ count, bars }) => [count, bars.length]),
        [
          [2, 3],
          [1, 1],
        ],
      );
    });
  });

  it('needs as many lanes as tasks ran side by side', () => {
    const lanes = toLaneRows(toRun([ran('a', 0, 2), ran('b', 1, 3), ran('c', 2, 4), ran('d', 0, 0, { decision: 'reused' })]));
    assert.deepEqual(
      lanes.map(({ label, bars }) => [label, bars.map((bar) => bar.task)]),
      [
        ['local 1', ['a', 'c']],
        ['local 2', ['b']],
      ],
    );
  });

  it('has an axis that stands still for most of the time while a run goes on', () => {
    const ends = Array.from({ length: 200 }, (_, index) => toAxisEnd(index / 10, true));
    assert.ok(new Set(ends).size <= 10, String(new Set(ends).size));
    ends.forEach((end, index) => assert.ok(end >= index / 10));
    assert.deepEqual(toTicks(10, 5), [0, 2, 4, 6, 8, 10]);
    assert.ok(toTicks(86_400, 8).length <= 10);
  });
});
