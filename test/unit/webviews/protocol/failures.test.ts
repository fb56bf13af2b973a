import assert from 'node:assert/strict';
import { atAttempt, findFailure } from '../../../../webviews/protocol/failures.ts';
import { makeRun, makeTask } from '../../../support/runViews.ts';

const placed = { code: 'user-error', message: 'wrong', file: 'main.py', line: 3 } as const;
const gone = { code: 'worker-lost', message: 'gone' } as const;

describe('where a task that failed is opened', () => {
  const run = makeRun([
    makeTask('load', { state: 'succeeded' }),
    makeTask('train[a]', { state: 'failed', error: gone }),
    makeTask('train[b]', { state: 'failed', error: placed }),
    makeTask('check', { state: 'failed', error: { code: 'nested-failed', message: 'score failed' } }),
    makeTask('check/fit', { state: 'succeeded' }),
    makeTask('check/score', { state: 'failed', error: placed }),
    makeTask('checked', { state: 'failed', error: gone }),
    makeTask('again', { state: 'queued', error: placed }),
  ]);

  it('is its own line, of several tasks the first that has one', () => {
    assert.equal(findFailure(run, ['train[a]', 'train[b]']), 'train[b]');
    assert.equal(findFailure(run, ['check/score']), 'check/score');
  });

  it('is the line of what failed inside it', () => assert.equal(findFailure(run, ['check']), 'check/score'));

  it('is nowhere for what did not fail, or failed at no line', () => {
    for (const id of ['load', 'train[a]', 'checked', 'again', 'nothing']) assert.equal(findFailure(run, [id]), undefined);
  });

  it('is that of the attempt that is asked for', () => {
    const at = '2026-01-01T00:00:00Z';
    const earlier = [
      { attempt: 1, started: at, finished: at, end: 'failed', error: placed },
      { attempt: 2, started: at, finished: at, end: 'lost', error: null },
    ] as const;
    const task = makeTask('a', { state: 'failed', error: gone, attempts: 3, earlier });
    assert.deepEqual(
      [undefined, 1, 2, 3].map((attempt) => atAttempt(task, attempt).error),
      [gone, placed, null, null],
    );
  });
});
