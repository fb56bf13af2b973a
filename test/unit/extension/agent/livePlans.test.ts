import assert from 'node:assert/strict';
import { LivePlans, type LivePlansOptions } from '../../../../extension/agent/livePlans.ts';
import { Emitter } from '../../../../extension/agent/emitter.ts';
import type { WorkflowPlace } from '../../../../extension/agent/workflowPlace.ts';
import type { Param } from '../../../../language/model/module.ts';
import type { PlanDocument, RunSummary } from '../../../../rde-agent/protocol/documents.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { NO_RUNS, type RunsView } from '../../../../rde-agent/protocol/runsView.ts';
import { NO_WORKSPACE, type WorkspaceView } from '../../../../rde-agent/protocol/workspaceView.ts';
import { waitFor } from '../../../support/waitFor.ts';
import { makeRun } from '../../../support/runViews.ts';

const place: WorkflowPlace = { root: '/w', workflow: 'demo/flow' };

function toView(tree: string, params: readonly Param[] = []): WorkspaceView {
  const workflow = { name: 'demo/flow', file: 'flow.workflow.yaml', description: '', params, steps: [], edges: [], errors: 0 };
  return { ...NO_WORKSPACE, root: '/w', tree, workflows: [workflow] };
}

function toSummary(run: string, state: RunSummary['state']): RunSummary {
  return { run, workflow: 'demo/flow', state, started: '2026-01-01T00:00:00Z', seconds: 1, by: 'me' };
}

/** A link whose answers the test gives one after another. */
class FakeLink {
  readonly asked: {
    readonly params: unknown;
    readonly documents: unknown;
    readonly signal: AbortSignal | undefined;
    answer(plan: PlanDocument | CairnError): void;
  }[] = [];
  readonly states = new Emitter<LivePlansOptions['link']['state']>(() => undefined);
  readonly workspaces = new Emitter<WorkspaceView>(() => undefined);
  readonly runsChanged = new Emitter<RunsView>(() => undefined);
  readonly state = { kind: 'idle' } as const;
  readonly onDidChangeState = this.states.event;
  readonly onDidChangeWorkspace = this.workspaces.event;
  readonly onDidChangeRuns = this.runsChanged.event;
  runs: RunsView = NO_RUNS;
  view: WorkspaceView | undefined = toView('t1');

  readonly workspace = (): WorkspaceView | undefined => this.view;
  readonly followRun: LivePlansOptions['link']['followRun'] = (run, listener) => {
    listener(makeRun([], { run, params: { rate: 7, other: 1 } }));
    return { dispose: () => undefined };
  };
  readonly request = (async (_name: string, { params, documents }: { params: unknown; documents: unknown }, signal?: AbortSignal) => {
    const { promise, resolve, reject } = Promise.withResolvers<PlanDocument>();
    this.asked.push({ params, documents, signal, answer: (plan) => (plan instanceof CairnError ? reject(plan) : resolve(plan)) });
    return promise;
  }) as LivePlansOptions['link']['request'];

  show(view: WorkspaceView): void {
    this.view = view;
    this.workspaces.fire(view);
  }

  showRuns(...runs: readonly RunSummary[]): void {
    this.runs = { runs };
    this.runsChanged.fire(this.runs);
  }

  /** The n-th question, from 1. */
  async question(count: number) {
    await waitFor(`question ${String(count)}`, () => this.asked.length >= count);
    assert.equal(this.asked.length, count);
    const asked = this.asked[count - 1];
    assert.ok(asked !== undefined);
    return asked;
  }
}

function toPlan(tree: string, saved = 0): PlanDocument {
  return { v: 1, workflow: 'demo/flow', tree, steps: [], saved, predictedSeconds: 0 };
}

describe('live plans', () => {
  let link: FakeLink;
  let plans: LivePlans;
  let changes: (PlanDocument | undefined)[];
  let refused: string[];
  let saved: { readonly [path: string]: string };

  beforeEach(() => {
    link = new FakeLink();
    changes = [];
    refused = [];
    saved = { 'a.py': 'sha256:1' };
    plans = new LivePlans({
      link,
      documentsOf: () => Promise.resolve(saved),
      onError: (error) => assert.fail(String(error)),
      onRefused: (_place, { code }) => refused.push(code),
    });
    plans.onDidChange((changed) => changes.push(plans.get(changed)));
  });

  afterEach(() => plans.dispose());

  let saves = 1;
  const save = (): Promise<void> => {
    saves += 1;
    saved = { 'a.py': `sha256:${saves}` };
    return plans.refresh('/w');
  };
  const shown = (plan: PlanDocument | undefined) => waitFor('the plan', () => plans.get(place) === plan);

  it('asks for what is watched, with what was saved lately, and for nothing else', async () => {
    await plans.refresh('/w');
    assert.equal(link.asked.length, 0);
    plans.watch(place);
    const { documents, answer } = await link.question(1);
    assert.deepEqual(documents, { 'a.py': 'sha256:1' });
    const plan = toPlan('t1');
    answer(plan);
    await shown(plan);
    assert.deepEqual(changes, [plan]);
  });

  it('asks once more, and only once, for all that was saved while it was asking', async () => {
    plans.watch(place);
    const first = await link.question(1);
    for (let count = 0; count < 5; count++) await save();
    first.answer(toPlan('t1'));
    const second = await link.question(2);
    const plan = toPlan('t2');
    second.answer(plan);
    await shown(plan);
    assert.equal(link.asked.length, 2);
  });

  it('does not ask again for the tree that its plan is of', async () => {
    plans.watch(place);
    (await link.question(1)).answer(toPlan('t2'));
    await waitFor('a plan', () => plans.get(place) !== undefined);
    link.show(toView('t2'));
    assert.equal(link.asked.length, 1);
    link.show(toView('t3'));
    (await link.question(2)).answer(toPlan('t3'));
  });

  it('does not ask again for a tree that is told of while its plan is made, if the plan is of it', async () => {
    plans.watch(place);
    (await link.question(1)).answer(toPlan('t1'));
    await save();
    const { answer } = await link.question(2);
    link.show(toView('t2'));
    const plan = toPlan('t2');
    answer(plan);
    await shown(plan);
    await link.question(2);
    await save();
    const third = await link.question(3);
    link.show(toView('t3'));
    third.answer(toPlan('t2'));
    (await link.question(4)).answer(toPlan('t3'));
  });

  it('asks for what is about to be saved, and not again when it was', async () => {
    plans.watch(place);
    (await link.question(1)).answer(toPlan('t1'));
    await shown(plans.get(place));
    saved = { 'a.py': 'sha256:1', 'b.py': 'sha256:2' };
    plans.expect('/w', { 'b.py': 'sha256:2' });
    const { documents, answer } = await link.question(2);
    assert.deepEqual(documents, saved);
    await plans.refresh('/w');
    const plan = toPlan('t2');
    answer(plan);
    await shown(plan);
    await plans.refresh('/w');
    await link.question(2);
  });

  it('gives up what was expected when something else was saved, and when nothing was', async () => {
    plans.watch(place);
    const first = toPlan('t1');
    (await link.question(1)).answer(first);
    await shown(first);
    plans.expect('/w', { 'b.py': 'sha256:2' });
    const expected = await link.question(2);
    saved = { 'b.py': 'sha256:3' };
    await plans.refresh('/w');
    assert.equal(expected.signal?.aborted, true);
    expected.answer(new CairnError('cancelled', 'gone'));
    const second = await link.question(3);
    assert.deepEqual(second.documents, saved);
    const plan = toPlan('t3');
    second.answer(plan);
    await shown(plan);
    plans.expect('/w', { 'b.py': 'sha256:4' });
    (await link.question(4)).answer(new CairnError('conflict', 'it did not come'));
    const last = await link.question(5);
    assert.deepEqual([last.documents, plans.get(place), refused], [saved, plan, []]);
    last.answer(plan);
  });

  it('asks again when a run has ended, not while it goes on', async () => {
    plans.watch(place);
    (await link.question(1)).answer(toPlan('t1'));
    await waitFor('a plan', () => plans.get(place) !== undefined);
    link.showRuns(toSummary('r1', 'running'));
    assert.equal(link.asked.length, 1);
    link.showRuns(toSummary('r1', 'succeeded'));
    const plan = toPlan('t1', 5);
    (await link.question(2)).answer(plan);
    await shown(plan);
  });

  it('drops a plan that cannot be made anew, and one of an agent that is away', async () => {
    plans.watch(place);
    (await link.question(1)).answer(toPlan('t1'));
    await waitFor('a plan', () => plans.get(place) !== undefined);
    await save();
    (await link.question(2)).answer(new CairnError('check-failed', 'broken'));
    await shown(undefined);
    assert.deepEqual(refused, ['check-failed']);
    await save();
    (await link.question(3)).answer(toPlan('t2'));
    await waitFor('a plan', () => plans.get(place) !== undefined);
    const problem = { code: 'agent-unreachable', message: 'gone', next: '' } as const;
    link.states.fire({ kind: 'refused', since: 0, problem });
    assert.equal(plans.get(place), undefined);
  });

  it('takes what has no default from the newest run, and says so where there is none', async () => {
    link.view = toView('t1', [
      { name: 'rate', type: 'int' },
      { name: 'other', type: 'int', default: 2 },
    ]);
    plans.watch(place);
    await waitFor('the refusal', () => refused.length === 1);
    assert.deepEqual(refused, ['invalid-request']);
    link.showRuns(toSummary('r1', 'succeeded'));
    assert.deepEqual((await link.question(1)).params, { rate: 7 });
  });

  it('forgets what nobody watches any more, whatever is answered then', async () => {
    const watching = plans.watch(place);
    const other = plans.watch(place);
    const first = await link.question(1);
    watching.dispose();
    watching.dispose();
    assert.equal(plans.get(place), undefined);
    other.dispose();
    first.answer(toPlan('t1'));
    await save();
    await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual([link.asked.length, changes], [1, []]);
  });
});
