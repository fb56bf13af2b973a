import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'mocha';
import type { PlanDocument } from '../../../../rde-agent/protocol/documents.ts';
import type { PinnedWorkflow } from '../../../../rde-agent/protocol/pinned.ts';
import { succeedWith, toOutput } from '../../../support/fakeRuntime.ts';
import type { StepSketch } from '../../../support/pinnedWorkflow.ts';
import { OWNER, RunRoleHarness } from '../../../support/runRole.ts';

const CHAIN: { readonly [step: string]: StepSketch } = {
  data: { module: 'test/data', changes: { kind: 'dataset' } },
  train: { needs: ['data'] },
};

/** A plan that is remembered says what one that is made anew would say. */
describe('executor: plans remembered', () => {
  let harness: RunRoleHarness;
  let denied: Set<string>;
  let definition: PinnedWorkflow;

  beforeEach(async () => {
    harness = new RunRoleHarness();
    denied = new Set();
    await harness.open({
      authorize: (_who, _action, { kind, id }) =>
        kind === 'dataset' && denied.has(id) ? { kind: 'deny', reason: 'no' } : { kind: 'allow' },
    });
  });
  afterEach(() => harness.remove());

  const plan = (changes: Partial<PinnedWorkflow> = {}): Promise<PlanDocument> =>
    harness.role.plan({ ...definition, ...changes }, null, OWNER);
  const decisions = ({ steps }: PlanDocument): string =>
    steps.map(({ decision, reasons }) => `${decision} ${reasons[0]?.kind ?? ''}`).join(', ');
  async function remember(sketches: { readonly [step: string]: StepSketch } = CHAIN): Promise<void> {
    definition = harness.toRequest(sketches).definition;
    await harness.run(sketches);
    const first = await plan();
    assert.equal(decisions(first), 'hit hit, hit hit');
    assert.equal(await plan(), first, 'the very document');
  }

  it('says the same as long as nothing has changed, and something else of another workflow', async () => {
    await remember();
    const [data, train] = definition.steps;
    assert.ok(data !== undefined && train !== undefined);
    assert.equal(decisions(await plan({ steps: [data, { ...train, artifact: `sha256:${'7'.repeat(64)}` }] })), 'hit hit, miss code');
    assert.equal(decisions(await plan()), 'hit hit, hit hit');
  });

  it('asks again who may be given the results', async () => {
    await remember();
    denied.add('test/data');
    assert.equal(decisions(await plan()), 'miss no-prior, miss no-prior');
    denied.clear();
    assert.equal(decisions(await plan()), 'hit hit, hit hit');
  });

  it('looks again at the age of results', async () => {
    await remember({ ...CHAIN, train: { needs: ['data'], contract: { cache: { version: 1, salt: '', ttl: 60 } } } });
    harness.ahead = 61;
    assert.equal(decisions(await plan()), 'hit hit, miss expired');
  });

  it('looks again for results that were thrown away', async () => {
    await remember();
    harness.ahead = 30 * 86_400;
    await harness.role.cache.collect({ dryRun: false, days: 0 }, OWNER);
    assert.equal(decisions(await plan()), 'miss no-prior, miss no-prior');
  });

  it('names the newest result where a forced run has made another', async () => {
    await remember();
    const before = (await plan()).steps[1]?.entry;
    harness.runtime.on('test/data', () => succeedWith([toOutput('out', [2])]));
    await harness.run(CHAIN, { force: true });
    const after = await plan();
    assert.equal(decisions(after), 'hit hit, hit hit');
    assert.notEqual(after.steps[1]?.entry, before);
  });
});
