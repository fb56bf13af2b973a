import assert from 'node:assert/strict';
import type { Digest } from '../../../../language/model/names.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import { toRunStream } from '../../../../rde-agent/protocol/runEvents.ts';
import { fail, succeedWith, toOutput } from '../../../support/fakeRuntime.ts';
import { INNER_FLOW, sketchFlows, toChainFlow } from '../../../support/nestedWorkflow.ts';
import { OWNER, RunRoleHarness } from '../../../support/runRole.ts';

const isCode =
  (code: string, pattern = /./) =>
  (error: unknown) =>
    error instanceof CairnError && error.code === code && pattern.test(error.message);

const FLOW = toChainFlow({ depth: 3 });

describe('executor: runs again', () => {
  let harness: RunRoleHarness;
  let first: string;
  beforeEach(async () => {
    harness = new RunRoleHarness();
    await harness.open();
    const { run } = await harness.role.submit(harness.toRequest({}, sketchFlows({ flow: FLOW, inner: INNER_FLOW }, 'flow')), OWNER);
    first = (await harness.finished(run)).run;
    harness.runtime.launched.length = 0;
  });
  afterEach(() => harness.remove());

  const decisions = async (run: string): Promise<readonly string[]> =>
    (await harness.finished(run)).steps.map((step) => `${step.step} ${step.decision ?? step.state}`);

  it('reruns a run as it was: everything is reused, and its origin is told', async () => {
    const { run } = await harness.role.rerun({ run: first, force: false, params: {}, key: 'rerun-key' }, OWNER);
    assert.deepEqual(await decisions(run), ['load reused', 'train reused', 'check reused', 'check/score reused', 'report reused']);
    assert.deepEqual(harness.role.show(run, OWNER).origin, { kind: 'rerun', run: first });
    assert.deepEqual(
      await harness.role.rerun({ run: first, force: false, params: {}, key: 'rerun-key' }, OWNER),
      { run },
      'one key, one run',
    );
    await assert.rejects(harness.role.rerun({ run: first, force: true, params: {}, key: 'rerun-key' }, OWNER), isCode('conflict'));
  });

  it('reruns by force, nested runs too', async () => {
    const { run } = await harness.role.rerun({ run: first, force: true, params: {}, key: 'rerun-key' }, OWNER);
    assert.deepEqual(await decisions(run), [
      'load executed',
      'train executed',
      'check executed',
      'check/score executed',
      'report executed',
    ]);
  });

  it('reruns from a step: what is above is taken from that run, the step itself runs, the cache decides below', async () => {
    harness.runtime.on('load', () => fail('user', 'it must not run'));
    const { run } = await harness.role.rerun({ run: first, from: 'train', force: false, params: {}, key: 'rerun-key' }, OWNER);
    assert.deepEqual(await decisions(run), ['load reused', 'train executed', 'check reused', 'check/score reused', 'report reused']);
    const [load] = harness.role.show(run, OWNER).steps;
    assert.match(load?.reasons[0]?.message ?? '', /taken from run/);
    const again = await harness.role.rerun({ run: first, from: 'report', force: false, params: {}, key: 'other-key' }, OWNER);
    assert.deepEqual(await decisions(again.run), ['load reused', 'train reused', 'check reused', 'report executed']);
  });

  it('goes on with a rerun from a step after a stop, with the same results', async () => {
    const { run } = await harness.role.rerun({ run: first, from: 'train', force: false, params: {}, key: 'rerun-key' }, OWNER);
    await harness.close();
    await harness.open();
    assert.equal((await harness.finished(run)).state, 'succeeded');
  });

  it('refuses to start from a step whose inputs that run does not have', async () => {
    harness.runtime.on('train', () => fail('user'));
    const { run } = await harness.role.rerun({ run: first, force: true, params: {}, key: 'rerun-key' }, OWNER);
    await harness.finished(run);
    await assert.rejects(
      harness.role.rerun({ run, from: 'report', force: false, params: {}, key: 'other-key' }, OWNER),
      isCode('invalid-request', /no result of train, which is above report: it is failed there/),
    );
    await assert.rejects(
      harness.role.rerun({ run, from: 'nothing', force: false, params: {}, key: 'third-key' }, OWNER),
      isCode('unknown-step'),
    );
    await assert.rejects(harness.role.rerun({ run: 'nothing', force: false, params: {}, key: 'fourth-key' }, OWNER), isCode('unknown-run'));
  });

  it('refuses to start from a step when what it reads was thrown away, and names from where it goes', async () => {
    harness.runtime.on('train', () => succeedWith([toOutput('out', 'x'.repeat(50))]));
    harness.runtime.on('load', () => succeedWith([toOutput('out', 'y'.repeat(50))]));
    const forced = await harness.role.rerun({ run: first, force: true, params: {}, key: 'rerun-key' }, OWNER);
    const { run, steps } = await harness.finished(forced.run);
    await harness.close();
    harness.keptAfterUse = 0;
    await harness.open();
    const digestOf = (step: string): Digest => steps.find((each) => each.step === step)?.outputs['out']?.digest as Digest;
    await harness.store.sweep.remove([digestOf('load')]);
    const below = await harness.role.rerun({ run, from: 'check', force: false, params: {}, key: 'below-key' }, OWNER);
    assert.equal((await harness.finished(below.run)).state, 'succeeded', 'nothing that runs reads what is gone');
    await harness.store.sweep.remove([digestOf('train')]);
    await assert.rejects(
      harness.role.rerun({ run, from: 'check', force: false, params: {}, key: 'gone-key' }, OWNER),
      isCode('invalid-request', /What train gave in run .* is not in the store any more/),
    );
  });

  it('starts from a part of a step too: what it does not reach stands', async () => {
    harness.runtime.on('load', () => fail('user', 'it must not run'));
    const rerun = (from: string, key: string): Promise<{ readonly run: string }> =>
      harness.role.rerun({ run: first, from, force: false, params: {}, key }, OWNER);
    const { run } = await rerun('check/score', 'rerun-key');
    assert.deepEqual(await decisions(run), ['load reused', 'train reused', 'check executed', 'check/score executed', 'report reused']);
    assert.deepEqual(harness.role.show(run, OWNER).origin, { kind: 'rerun', run: first });
    await assert.rejects(rerun('train[ridge]', 'other-key'), isCode('unknown-step', /has no step train\[ridge\]/));
    await assert.rejects(rerun('check/nothing', 'third-key'), isCode('unknown-step', /inner has no step nothing/));
  });

  it('takes no result from above for parameters that it was not computed with', async () => {
    harness.runtime.on('train', ({ context }) => succeedWith([toOutput('out', context.params['depth'])]));
    const rerun = (from: string, depth: number): Promise<{ readonly run: string }> =>
      harness.role.rerun({ run: first, from, force: false, params: { depth }, key: `from-${from}-${depth}` }, OWNER);
    await assert.rejects(rerun('report', 5), isCode('invalid-request', /^train is above report and reads parameter depth/));
    assert.equal((await harness.finished((await rerun('report', 3)).run)).state, 'succeeded', 'the same value is no change');
    const { run } = await rerun('train', 5);
    assert.deepEqual(await decisions(run), ['load reused', 'train executed', 'check executed', 'check/score executed', 'report executed']);
  });

  it('clones a run with other parameters: what does not read them is reused', async () => {
    harness.runtime.on('train', ({ context }) => succeedWith([toOutput('out', context.params['depth'])]));
    const { run } = await harness.role.clone({ run: first, params: { depth: 5 }, key: 'clone-key' }, OWNER);
    assert.deepEqual(await decisions(run), ['load reused', 'train executed', 'check executed', 'check/score executed', 'report executed']);
    assert.deepEqual(harness.role.view(run, OWNER)?.view.params, { depth: 5 });
    assert.deepEqual(harness.role.show(run, OWNER).origin, { kind: 'clone', run: first });
  });

  it('checks changed parameters against what the workflow declares', async () => {
    const clone = (params: { [name: string]: number }): Promise<unknown> =>
      harness.role.clone({ run: first, params, key: `key-${JSON.stringify(params)}` }, OWNER);
    await assert.rejects(clone({ deep: 1 }), isCode('invalid-request', /no parameter deep; it has depth/));
  });

  it('repeats a run of before parameters were recorded, but not with others', async () => {
    const { definition, blobs } = sketchFlows({ flow: FLOW, inner: INNER_FLOW }, 'flow');
    const { declared: _, ...old } = definition;
    const { run } = await harness.role.submit(harness.toRequest({}, { definition: old, blobs }), OWNER);
    await harness.finished(run);
    const again = await harness.role.rerun({ run, force: false, params: {}, key: 'rerun-key' }, OWNER);
    assert.equal((await harness.finished(again.run)).state, 'succeeded');
    await assert.rejects(
      harness.role.clone({ run, params: { depth: 1 }, key: 'clone-key' }, OWNER),
      isCode('invalid-request', /older than their record/),
    );
  });

  it('repeats a nested run with what it was given', async () => {
    const inner = harness.role.show(first, OWNER).steps.find((step) => step.step === 'check')?.run ?? '';
    const { run } = await harness.role.rerun({ run: inner, force: true, params: {}, key: 'rerun-key' }, OWNER);
    assert.deepEqual(await decisions(run), ['score executed']);
    const [event] = harness.store.events.read(toRunStream(run));
    assert.ok(event?.event.type === 'run.submitted' && event.event.inputs?.['data'] !== undefined);
  });
});
