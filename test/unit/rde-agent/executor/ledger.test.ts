import assert from 'node:assert/strict';
import type { LedgerRow } from '../../../../rde-agent/protocol/ledgerDocument.ts';
import { fail, succeed, untilAborted } from '../../../support/fakeRuntime.ts';
import { sketchFlows, type FlowSketch } from '../../../support/nestedWorkflow.ts';
import { OWNER, RunRoleHarness } from '../../../support/runRole.ts';
import { waitFor } from '../../../support/waitFor.ts';

const INNER: FlowSketch = { inputs: ['data'], steps: { score: { inputs: { in0: 'inputs.data' } } }, outputs: { score: 'score' } };
const OUTER: FlowSketch = {
  steps: { load: {}, check: { workflow: 'team/inner', inputs: { data: 'load' } }, report: { inputs: { in0: 'check.score' } } },
};

/** The fake runtime says of each task that it took half a second. */
const TOOK = 0.5;

describe('executor: the ledger', () => {
  let harness: RunRoleHarness;
  beforeEach(async () => {
    harness = new RunRoleHarness();
    await harness.open();
  });
  afterEach(() => harness.remove());

  async function nested(changes: { force?: boolean } = {}): Promise<string> {
    const flows = sketchFlows({ 'team/outer': OUTER, 'team/inner': INNER }, 'team/outer');
    const { run } = await harness.role.submit(harness.toRequest({}, { ...flows, ...changes }), OWNER);
    return (await harness.finished(run)).run;
  }

  function rowOf(run: string): LedgerRow | undefined {
    const { rows } = harness.role.ledger({ by: 'run', limit: 100 }, OWNER);
    const row = rows.find(({ name }) => name === run);
    if (row !== undefined) assert.equal(row.savedSeconds, harness.role.show(run, OWNER).saved, 'the run says the same');
    return row;
  }

  function counts(run: string): readonly number[] | undefined {
    const row = rowOf(run);
    return row && [row.executed, row.reused, row.spentSeconds, row.savedSeconds];
  }

  it('counts what is inside of nested runs once, for the run around them, and not the step that they are', async () => {
    const first = await nested();
    assert.deepEqual(counts(first), [3, 0, 3 * TOOK, 0]);
    const second = await nested();
    assert.deepEqual(counts(second), [0, 3, 0, 3 * TOOK]);
    const { total, rows, reusingWorkflows } = harness.role.ledger({ by: 'namespace', limit: 100 }, OWNER);
    assert.deepEqual([total.runs, total.reusing, reusingWorkflows], [2, 1, 1]);
    assert.deepEqual(
      rows.map(({ name, savedSeconds }) => [name, savedSeconds]),
      [['team', 3 * TOOK]],
    );
  });

  it('a reuse saves what the original took, each time', async () => {
    await harness.run({ a: {} });
    for (const _ of [1, 2]) {
      const { run } = await harness.run({ a: {} });
      assert.deepEqual(counts(run), [0, 1, 0, TOOK]);
    }
    assert.equal(harness.role.ledger({ by: 'workflow', limit: 100 }, OWNER).total.savedSeconds, 2 * TOOK);
  });

  it('what was forced has saved nothing', async () => {
    await nested();
    assert.deepEqual(counts(await nested({ force: true })), [3, 0, 3 * TOOK, 0]);
  });

  it('replays are not in it, nested or not', async () => {
    const first = await nested();
    const { run: replay } = await harness.role.replay({ run: first, key: 'replay-key' }, OWNER);
    assert.ok(replay !== null);
    await harness.finished(replay);
    assert.equal(rowOf(replay), undefined);
    assert.equal(harness.role.ledger({ by: 'day', limit: 100 }, OWNER).total.runs, 1);
  });

  it('what a rerun from a step takes as it is counts nothing', async () => {
    const first = await nested();
    const { run } = await harness.role.rerun({ run: first, from: 'report', force: false, params: {}, key: 'rerun-key' }, OWNER);
    await harness.finished(run);
    assert.deepEqual(counts(run), [1, 0, TOOK, 0]);
  });

  it('whoever waited for the very execution has reused it, and saved nothing', async () => {
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    harness.runtime.on('a', async (request) => {
      await gate;
      return succeed(request);
    });
    const runs = await Promise.all([1, 2].map(() => harness.role.submit(harness.toRequest({ a: {} }), OWNER)));
    await waitFor('one waits', () => harness.role.cache.status().waiting === 1);
    go();
    for (const { run } of runs) await harness.finished(run);
    assert.deepEqual(runs.map(({ run }) => counts(run)).sort(), [
      [0, 1, 0, 0],
      [1, 0, TOOK, 0],
    ]);
    assert.equal(harness.role.cache.status().saved, 0);
  });

  it('failed, cancelled and skipped steps count nothing', async () => {
    harness.runtime.on('a', () => fail('user'));
    const failed = await harness.run({ a: {}, b: { needs: ['a'] } });
    assert.equal(failed.state, 'failed');
    assert.deepEqual(counts(failed.run), [0, 0, 0, 0]);
    harness.runtime.on('c', untilAborted);
    const { run } = await harness.role.submit(harness.toRequest({ c: {}, d: { needs: ['c'] } }), OWNER);
    await waitFor('it runs', () => harness.runtime.running === 1);
    await harness.role.cancel(run, 'cancel-key', OWNER);
    assert.deepEqual(counts(run), [0, 0, 0, 0]);
  });

  it('plans and audits are not in it', async () => {
    const request = harness.toRequest({ a: {} });
    const { run } = await harness.role.submit(request, OWNER);
    await harness.finished(run);
    await harness.role.plan(request.definition, null, OWNER);
    await harness.role.cache.audit({ modules: [], all: true }, OWNER);
    const { total } = harness.role.ledger({ by: 'run', limit: 100 }, OWNER);
    assert.deepEqual([total.runs, total.executed, total.reused], [1, 1, 0]);
  });

  it('says the same after a restart', async () => {
    await nested();
    await nested();
    const before = harness.role.ledger({ by: 'workflow', limit: 100 }, OWNER);
    await harness.close();
    await harness.open();
    assert.deepEqual(harness.role.ledger({ by: 'workflow', limit: 100 }, OWNER), before);
  });
});
