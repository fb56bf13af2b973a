import assert from 'node:assert/strict';
import type { PlanStep } from '../../../../rde-agent/protocol/documents.ts';
import { withCriticalPath } from '../../../../webviews/graph/looks/criticalLooks.ts';
import { toCacheLook, toPlanLook, toRunLook } from '../../../../webviews/graph/looks/nodeLooks.ts';
import { toLooks } from '../../../../webviews/graph/looks/overlays.ts';
import { toPlanText } from '../../../../webviews/graph/looks/planTexts.ts';
import { RunStates } from '../../../../webviews/graph/looks/runStates.ts';
import { toWorkflowGraph } from '../../../../webviews/graph/workflowGraph.ts';
import { toPlanStatus } from '../../../../webviews/protocol/planStatus.ts';
import { toTasksStatus } from '../../../../webviews/shared/stepStatus.ts';
import { inner, outer } from '../../../support/graphs.ts';
import { makeRun, makeTask } from '../../../support/runViews.ts';

const at = '2026-01-01T00:00:00Z';
const why = { kind: 'code', message: 'scale changed' } as const;

function toRow(decision: PlanStep['decision'], more: Partial<PlanStep> = {}): PlanStep {
  return { step: 's', decision, reasons: [], predictedSeconds: 0, ...more };
}

describe('what stands on a box', () => {
  it('of a run is its state in words, how long it took, how often it was tried and how cold it began', () => {
    const worker = { mode: 'cold', pid: 2, parent: 1 } as const;
    const task = makeTask('a', {
      state: 'succeeded',
      decision: 'executed',
      finished: at,
      seconds: 61,
      attempts: 2,
      worker,
      reasons: [why, why],
    });
    const look = toRunLook(toTasksStatus([task], false));
    assert.deepEqual(look, {
      tone: 'ok',
      icon: 'pass',
      text: 'succeeded',
      badge: 'executed, cold · 2 attempts',
      time: '1 min 01 s',
      count: '',
      note: 'scale changed',
      isMarked: false,
    });
    assert.equal(toRunLook(undefined).text, 'not run');
  });

  it('of a fan-out says how many are done, reused and failed', () => {
    const done = { state: 'succeeded', finished: at } as const;
    const tasks = [
      makeTask('a[1]', { ...done, decision: 'reused' }),
      makeTask('a[2]', { ...done, decision: 'executed' }),
      makeTask('a[3]'),
    ];
    const look = toRunLook(toTasksStatus(tasks, true));
    assert.deepEqual([look.text, look.count, look.badge], ['running', '2/3', '1 of 3 reused']);
  });

  it('of a plan is what a run would do, why, and how long', () => {
    const hit = toPlanLook(toPlanStatus([toRow('hit', { saved: 3 })]));
    const miss = toPlanLook(toPlanStatus([toRow('miss', { predictedSeconds: 120, reasons: [why] })]));
    assert.deepEqual([hit.text, hit.tone, hit.icon], ['would be reused', 'reused', 'history']);
    assert.deepEqual([miss.text, miss.time, miss.note, miss.icon], ['would run', 'about 2 min 00 s', 'scale changed', 'play']);
    assert.equal(toPlanLook(toPlanStatus([toRow('conditional')])).icon, 'question');
    assert.equal(toPlanLook(undefined).text, 'not planned');
    assert.equal(toPlanText(toPlanStatus([toRow('hit'), toRow('miss')])), '1 of 2 would be reused');
  });

  it('of the cache is what reuse saves, by the plan where there is one', () => {
    const reused = toTasksStatus([makeTask('a', { state: 'succeeded', decision: 'reused', finished: at, saved: 90 })], false);
    assert.equal(toCacheLook(reused, undefined).text, '1 min 30 s saved');
    assert.equal(toCacheLook(reused, toPlanStatus([toRow('miss')])).text, 'nothing reused');
    assert.equal(toCacheLook(undefined, undefined).text, 'not run');
  });
});

describe('the looks of a graph', () => {
  const graph = toWorkflowGraph(outer, [inner]);
  const tasks = ['load', 'clean', 'check', 'check/fit', 'check/score'].map((id) => makeTask(id));

  it('know the tasks of runs inside the run, and are the same objects where nothing changed', () => {
    const states = new RunStates();
    const first = toLooks(graph, 'run', { run: states.update(makeRun(tasks)), plan: new Map() }, new Map());
    const changed = tasks.map((task) =>
      task.id === 'check/score' ? makeTask(task.id, { state: 'failed', decision: 'executed', finished: at }) : task,
    );
    const second = toLooks(graph, 'run', { run: states.update(makeRun(changed)), plan: new Map() }, first);
    assert.equal(second.get('check/score')?.text, 'failed');
    const different = [...second].filter(([id, look]) => look !== first.get(id));
    assert.deepEqual(
      different.map(([id]) => id),
      ['check/score'],
    );
  });

  it('mark the critical path, and say by how much others may be late', () => {
    const looks = toLooks(graph, 'run', { run: new Map(), plan: new Map() }, new Map());
    const times = (slack: number) => ({ earliestStart: 0, earliestFinish: 1, latestFinish: 1 + slack, slack, isCritical: slack === 0 });
    const path = { path: ['load'], seconds: 1, times: new Map([['load', times(0)], ['clean', times(2)]]) }; // prettier-ignore
    const marked = withCriticalPath(looks, path, new Map());
    assert.deepEqual([marked.get('load')?.isMarked, marked.get('clean')?.isMarked], [true, false]);
    assert.equal(marked.get('clean')?.badge, 'slack 2.0 s');
    assert.equal(withCriticalPath(looks, path, marked).get('load'), marked.get('load'));
  });
});
