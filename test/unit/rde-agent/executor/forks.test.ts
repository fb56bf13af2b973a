import assert from 'node:assert/strict';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import type { RunDocument } from '../../../../rde-agent/protocol/documents.ts';
import { fail, succeedWith, toOutput } from '../../../support/fakeRuntime.ts';
import { sketchFlows, type FlowSketch } from '../../../support/nestedWorkflow.ts';
import { OWNER, RunRoleHarness } from '../../../support/runRole.ts';

const isCode =
  (code: string, pattern = /./) =>
  (error: unknown) =>
    error instanceof CairnError && error.code === code && pattern.test(error.message);

/** A flow with a step of every kind that the cache would not keep. */
const FLOW: FlowSketch = {
  params: { depth: 3 },
  steps: {
    load: { contract: { determinism: 'stochastic' } },
    off: { inputs: { in0: 'load' }, changes: { cache: 'off' } },
    deploy: { inputs: { in0: 'off' }, contract: { determinism: 'sideEffect' } },
    each: { inputs: { in0: 'load' }, foreach: ['a', 'b'] },
    check: { workflow: 'inner', inputs: { data: 'each[*]' } },
    report: { inputs: { in0: 'check.score', in1: 'deploy' } },
  },
};
const INNER: FlowSketch = {
  inputs: ['data'],
  steps: { score: { inputs: { in0: 'inputs.data' } }, after: { inputs: { in0: 'score' }, changes: { cache: 'off' } } },
  outputs: { score: 'after' },
};

describe('executor: forks', () => {
  let harness: RunRoleHarness;
  let first: string;
  beforeEach(async () => {
    harness = new RunRoleHarness();
    await harness.open();
    first = (await start({})).run;
    harness.runtime.launched.length = 0;
  });
  afterEach(() => harness.remove());

  /** `codes`: other code of steps; `fork` = the run that it goes on from */
  async function start(
    codes: { readonly [step: string]: string },
    { fork, from, flow = FLOW }: { readonly fork?: string; readonly from?: string; readonly flow?: FlowSketch } = {},
  ): Promise<RunDocument> {
    const edit = (sketch: FlowSketch): FlowSketch => ({
      ...sketch,
      steps: Object.fromEntries(
        Object.entries(sketch.steps).map(([id, step]) => [id, codes[id] === undefined ? step : { ...step, code: codes[id] }]),
      ),
    });
    const flows = sketchFlows({ flow: edit(flow), inner: edit(INNER) }, 'flow');
    const request = harness.toRequest({}, { ...flows, from: from ?? null, ...(fork === undefined ? {} : { fork }) });
    return harness.finished((await harness.role.submit(request, OWNER)).run);
  }
  const executed = ({ steps }: RunDocument): readonly string[] =>
    steps.filter((step) => step.decision === 'executed' && step.workflow === undefined).map((step) => step.step);

  it('lets everything stand where nothing has changed, what the cache never keeps as well', async () => {
    const fork = await start({}, { fork: first });
    assert.deepEqual([fork.state, fork.origin, executed(fork)], ['succeeded', { kind: 'fork', run: first }, []]);
    assert.equal(harness.runtime.launched.length, 0);
    assert.match(fork.steps[2]?.reasons[0]?.message ?? '', /stands from run .*: nothing/);
    assert.deepEqual(executed(await start({})), ['off', 'deploy', 'check/after'], 'a run that is no fork keeps nothing of these');
    assert.deepEqual(executed(await start({}, { fork: fork.run })), [], 'a fork of a fork');
  });

  it('runs exactly what an edit reaches, and stops where the content is the same again', async () => {
    assert.deepEqual(executed(await start({ score: 'edited' }, { fork: first })), ['check/score'], 'it gives the same again');
    harness.runtime.on('score', ({ context }) => succeedWith([toOutput('out', [context.attempt, 'other'])]));
    assert.deepEqual(executed(await start({ score: 'edited again' }, { fork: first })), ['check/score', 'check/after', 'report']);
    harness.runtime.on('load', () => succeedWith([toOutput('out', 'other')]));
    assert.deepEqual(executed(await start({ load: 'edited' }, { fork: first })), [
      'load',
      'off',
      'deploy',
      'each[a]',
      'each[b]',
      'check/score',
      'check/after',
      'report',
    ]);
  });

  it('goes on from a run that failed: what has a result stands, the rest runs', async () => {
    harness.runtime.on('deploy', () => fail('user'));
    const failed = await start({ off: 'edited', deploy: 'bad' }, { fork: first });
    assert.deepEqual([failed.state, executed(failed)], ['failed', ['off', 'deploy']]);
    harness.runtime.behaviours.delete('deploy');
    const fixed = await start({ off: 'edited', deploy: 'good' }, { fork: failed.run });
    assert.deepEqual([fixed.state, executed(fixed)], ['succeeded', ['deploy']]);
  });

  it('takes results of its run before newer ones of the cache', async () => {
    harness.runtime.on('load', () => succeedWith([toOutput('out', 'newer')]));
    const { definition, blobs } = sketchFlows({ flow: FLOW, inner: INNER }, 'flow');
    const forced = harness.toRequest({}, { definition, blobs, force: true });
    const newer = await harness.finished((await harness.role.submit(forced, OWNER)).run);
    const digest = (document: RunDocument): string | undefined => document.steps[0]?.outputs['out']?.digest;
    const before = harness.role.show(first, OWNER);
    assert.notEqual(digest(newer), digest(before));
    assert.equal(digest(await start({})), digest(newer));
    assert.equal(digest(await start({}, { fork: first })), digest(before));
  });

  it('runs the step that it starts from whatever, at any depth, and elements too', async () => {
    for (const [from, expected] of [
      ['load', ['load']],
      ['each', ['each[a]', 'each[b]']],
      ['each[b]', ['each[b]']],
      ['check/score', ['check/score']],
      ['check', ['check/score', 'check/after']],
    ] as const) {
      assert.deepEqual(executed(await start({}, { fork: first, from })), expected, from);
    }
    const refuse = (from: string, pattern: RegExp): Promise<void> =>
      assert.rejects(start({}, { fork: first, from }), isCode('unknown-step', pattern));
    await refuse('nothing', /has no step nothing/);
    await refuse('each[c]', /has no step each\[c\]/);
    await refuse('load/score', /load is no nested workflow/);
    await refuse('check/nothing', /inner has no step nothing/);
  });

  it('starts from an element of a fan-out over an output, if the run had it', async () => {
    const flow: FlowSketch = {
      ...FLOW,
      steps: { list: {}, each: { inputs: {}, over: { item: 'list' } }, check: { workflow: 'inner', inputs: { data: 'list' } } },
    };
    const inner: FlowSketch = { inputs: ['data'], steps: { deep: { inputs: {}, over: { item: 'inputs.data' } } }, outputs: {} };
    harness.runtime.on('list', () => succeedWith([toOutput('out', ['a', 'b', 'c'])]));
    const begin = async (request: { readonly fork?: string; readonly from?: string }): Promise<RunDocument> => {
      const flows = sketchFlows({ flow, inner }, 'flow');
      return harness.finished((await harness.role.submit(harness.toRequest({}, { ...flows, ...request }), OWNER)).run);
    };
    const { run } = await begin({});
    const { definition } = sketchFlows({ flow, inner }, 'flow');
    for (const from of ['each[1]', 'check/deep[2]']) {
      assert.deepEqual(executed(await begin({ fork: run, from })), [from]);
      const again = await harness.role.rerun({ run, from, force: false, params: {}, key: `rerun-${from}` }, OWNER);
      assert.deepEqual(executed(await harness.finished(again.run)), [from]);
      const { steps } = await harness.role.plan(definition, from, OWNER, [], undefined, run);
      const runs = steps.filter((step) => step.decision !== 'hit' && step.workflow === undefined).map(({ step }) => step);
      assert.deepEqual(runs, [from]);
    }
    for (const from of ['each[3]', 'each[a]', 'check/deep[3]', 'list[0]'])
      await assert.rejects(begin({ fork: run, from }), isCode('unknown-step', /has no step/), from);
  });

  it('is planned as it runs', async () => {
    const plan = async (code: string, from: string | null): Promise<readonly string[]> => {
      const edited: FlowSketch = { ...FLOW, steps: { ...FLOW.steps, off: { ...FLOW.steps['off'], code } } };
      const { definition } = sketchFlows({ flow: edited, inner: INNER }, 'flow');
      const { steps } = await harness.role.plan(definition, from, OWNER, [], undefined, first);
      return steps.filter((step) => step.decision !== 'hit').map((step) => `${step.step} ${step.decision} ${step.reasons[0]?.kind ?? ''}`);
    };
    assert.deepEqual(await plan('off', null), []);
    assert.deepEqual(await plan('edited', null), ['off miss code', 'deploy conditional input', 'report conditional input']);
    assert.deepEqual(await plan('off', 'check/score'), [
      'check miss forced',
      'check/score miss forced',
      'check/after conditional input',
      'report conditional input',
    ]);
    assert.deepEqual(await plan('off', 'check'), [
      'check miss forced',
      'check/score miss forced',
      'check/after miss forced',
      'report conditional input',
    ]);
    await assert.rejects(plan('off', 'nothing'), isCode('unknown-step'));
    const { definition } = sketchFlows({ flow: FLOW, inner: INNER }, 'flow');
    await assert.rejects(harness.role.plan(definition, null, OWNER, [], undefined, 'nothing'), isCode('unknown-run'));
  });

  it('goes on after a stop as it would have without', async () => {
    harness.runtime.on('report', () => new Promise(() => undefined));
    const { definition, blobs } = sketchFlows({ flow: FLOW, inner: INNER }, 'flow');
    const { run } = await harness.role.submit(harness.toRequest({}, { definition, blobs, fork: first, from: 'report' }), OWNER);
    harness.runtime.behaviours.delete('report');
    await harness.close();
    await harness.open();
    const document = await harness.finished(run);
    assert.deepEqual([document.state, executed(document)], ['succeeded', ['report']]);
  });

  it('refuses what it cannot go on from', async () => {
    await assert.rejects(start({}, { fork: 'nothing' }), isCode('unknown-run'));
    const { definition, blobs } = sketchFlows({ flow: FLOW, inner: INNER }, 'flow');
    const submit = (changes: object): Promise<unknown> =>
      harness.role.submit(harness.toRequest({}, { definition, blobs, fork: first, ...changes }), OWNER);
    await assert.rejects(submit({ force: true }), isCode('invalid-request', /cannot be forced/));
    const other = sketchFlows({ other: { steps: { elsewhere: {} } } }, 'other');
    await assert.rejects(submit(other), isCode('invalid-request', /no step in common/));
    const renamed = sketchFlows(
      { other: { ...FLOW, steps: { load: FLOW.steps['load'] ?? {}, more: { inputs: { in0: 'load' } } } } },
      'other',
    );
    const request = harness.toRequest({}, { ...renamed, fork: first });
    assert.deepEqual(executed(await harness.finished((await harness.role.submit(request, OWNER)).run)), ['more']);
  });
});
