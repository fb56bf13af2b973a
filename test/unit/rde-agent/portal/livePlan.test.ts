import assert from 'node:assert/strict';
import { LivePlan } from '../../../../rde-agent/portal/panels/livePlan.ts';
import { findMissingParams } from '../../../../rde-agent/portal/panels/missingParams.ts';
import type { PlanDocument } from '../../../../rde-agent/protocol/documents.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { NO_RUN } from '../../../../rde-agent/protocol/runView.ts';
import type { WorkflowView } from '../../../../rde-agent/protocol/workspaceView.ts';

function toPlan(workflow: string): PlanDocument {
  return { v: 1, workflow, steps: [], saved: 0, predictedSeconds: 0 };
}
const isCode = (code: string) => (error: unknown) => error instanceof CairnError && error.code === code;

describe('portal/livePlan', () => {
  let asked: { resolve(plan: PlanDocument): void; reject(error: Error): void }[];
  let changes: (string | null)[];
  let live: LivePlan;
  const ask = (): Promise<PlanDocument> => {
    const { promise, resolve, reject } = Promise.withResolvers<PlanDocument>();
    asked.push({ resolve, reject });
    return promise;
  };

  beforeEach(() => {
    asked = [];
    changes = [];
    live = new LivePlan(ask, () => changes.push(live.plan?.workflow ?? null));
  });

  it('has one question under way at most, and asks once more for all that changed meanwhile', async () => {
    const first = live.refresh();
    const others = [live.refresh(), live.refresh()];
    assert.equal(asked.length, 1);
    asked[0]?.resolve(toPlan('old'));
    await Promise.resolve();
    while (asked.length < 2) await new Promise(setImmediate);
    asked[1]?.resolve(toPlan('new'));
    await Promise.all([first, ...others]);
    assert.equal(asked.length, 2);
    assert.deepEqual(changes, ['old', 'new']);
  });

  it('drops a plan that cannot be made anew, but keeps it while the agent is away', async () => {
    const made = live.refresh();
    asked[0]?.resolve(toPlan('made'));
    await made;
    const away = live.refresh();
    asked[1]?.reject(new CairnError('agent-unreachable', 'away'));
    await assert.rejects(away, isCode('agent-unreachable'));
    assert.equal(live.plan?.workflow, 'made');
    const refused = live.refresh();
    asked[2]?.reject(new CairnError('check-failed', 'it does not fit'));
    await assert.rejects(refused, isCode('check-failed'));
    assert.equal(live.plan, null);
    const again = live.refresh();
    asked[3]?.resolve(toPlan('again'));
    await again;
    assert.deepEqual(changes, ['made', 'made', null, 'again']);
  });

  it('tells nobody after its end', async () => {
    const late = live.refresh();
    live.dispose();
    asked[0]?.resolve(toPlan('late'));
    await late;
    assert.deepEqual(changes, []);
  });
});

describe('portal/missingParams', () => {
  const workflow: WorkflowView = {
    name: 'a/b',
    file: '',
    description: '',
    params: [
      { name: 'who', type: 'string' },
      { name: 'times', type: 'int', default: 2 },
    ],
    steps: [],
    edges: [],
    errors: 0,
  };

  it('takes what has no default from the newest run', () => {
    assert.deepEqual(findMissingParams(workflow, { ...NO_RUN, params: { who: 'ann', times: 3, gone: true } }), { who: 'ann' });
    assert.deepEqual(findMissingParams({ ...workflow, params: [] }, null), {});
    assert.throws(() => findMissingParams(workflow, null), isCode('invalid-request'));
  });
});
