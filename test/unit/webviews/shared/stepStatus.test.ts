import assert from 'node:assert/strict';
import type { TaskView } from '../../../../rde-agent/protocol/taskView.ts';
import { formatSeconds } from '../../../../webviews/shared/formatValues.ts';
import { toEconomics, toStepStatus } from '../../../../webviews/shared/stepStatus.ts';
import { makeRun, makeTask } from '../../../support/runViews.ts';

const DONE = '2026-01-01T00:00:00.000Z';

function check(tasks: readonly TaskView[], expected: Partial<ReturnType<typeof toStepStatus>>, finished: string | null = null): void {
  const run = makeRun(tasks, { finished });
  const [step] = run.steps;
  assert.ok(step);
  const status = toStepStatus(step, run);
  assert.deepEqual({ ...status, ...expected }, status);
}

describe('what a step as a whole is doing', () => {
  it('runs while some of its tasks have ended and others wait', () => {
    check([makeTask('t[a]', { state: 'succeeded', finished: DONE }), makeTask('t[b]')], { state: 'running', done: 1, total: 2 });
  });

  it('has failed as soon as one of its tasks has', () => {
    check([makeTask('t[a]', { state: 'succeeded', finished: DONE }), makeTask('t[b]', { state: 'failed', finished: DONE })], {
      state: 'failed',
    });
  });

  it('counts what was reused and sums the time of the rest', () => {
    const tasks = [
      makeTask('t[a]', { state: 'succeeded', decision: 'reused', finished: DONE }),
      makeTask('t[b]', { state: 'succeeded', decision: 'executed', finished: DONE, seconds: 1.5 }),
    ];
    check(tasks, { state: 'succeeded', reused: 1, executed: 1, seconds: 1.5 }, DONE);
  });

  it('says in one line what was saved', () => {
    const tasks = [makeTask('a', { decision: 'reused' }), makeTask('b', { decision: 'executed' })];
    assert.equal(toEconomics(makeRun(tasks, { saved: 61 }), formatSeconds), '1 of 2 tasks reused, 1 min 01 s saved');
    assert.equal(toEconomics(makeRun(tasks.slice(1)), formatSeconds), '0 of 1 task reused');
  });
});
