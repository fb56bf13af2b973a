import assert from 'node:assert/strict';
import { toEconomics, toSummary } from '../../../../webviews/workflowGraph/economics.ts';
import { readView } from '../../../../webviews/workflowGraph/panelView.ts';
import { makeRun, makeTask } from '../../../support/runViews.ts';

const at = '2026-01-01T00:00:00Z';
const ended = { state: 'succeeded', finished: at } as const;

describe('the line of economics', () => {
  it('counts what does something itself: of a run inside the run its tasks, not the step around them', () => {
    const reused = { ...ended, decision: 'reused', saved: 60 } as const;
    const executed = { ...ended, decision: 'executed' } as const;
    const run = makeRun([
      makeTask('load', reused),
      makeTask('each[a/b]', reused),
      makeTask('check', executed),
      makeTask('check/fit', reused),
      makeTask('check/score', executed),
      makeTask('last'),
    ]);
    const { text, ran } = toEconomics(run);
    assert.equal(text, '3 of 5 tasks reused, 3 min 00 s saved');
    assert.deepEqual(
      ran.map((task) => task.id),
      ['check/score'],
    );
    assert.equal(toEconomics(makeRun([makeTask('a', executed)])).text, '0 of 1 task reused');
  });

  it('is said to those who do not see it, with what failed', () => {
    const run = makeRun([makeTask('a', ended), makeTask('b', { state: 'failed', finished: at }), makeTask('c')]);
    assert.equal(toSummary(run), '2 of 3 tasks done, 1 failed');
    assert.equal(toSummary({ ...run, state: 'failed', finished: at }), 'Run failed. 2 of 3 tasks done, 1 failed');
  });
});

describe('what the page of a graph kept', () => {
  it('is read as far as it is what this version keeps', () => {
    const graph = { choices: { check: false }, camera: { x: 1, y: 2, k: 0.5 } };
    const view = { selected: 'check/fit', overlay: 'cache', isCriticalPath: true, graph } as const;
    assert.deepEqual(readView({ root: '/x', file: 'a', view }), view);
  });

  it('is as at first where it is anything else', () => {
    const first = { selected: null, overlay: null, isCriticalPath: false, graph: { choices: {}, camera: null } };
    for (const kept of [
      undefined,
      null,
      3,
      'x',
      [],
      { view: 7 },
      { view: { selected: 1, overlay: 'x', graph: { choices: { a: 1 }, camera: { x: 1, y: NaN, k: -1 } } } },
    ])
      assert.deepEqual(readView(kept), first);
  });
});
