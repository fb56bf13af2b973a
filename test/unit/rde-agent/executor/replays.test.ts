import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { toCanonicalJson } from '../../../../language/model/json.ts';
import type { ReplayDocument } from '../../../../rde-agent/protocol/comparisons.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import type { SubmitRequest } from '../../../../rde-agent/protocol/roles.ts';
import { fail, succeedWith, toOutput, untilAborted } from '../../../support/fakeRuntime.ts';
import { sketchFlows, type FlowSketch } from '../../../support/nestedWorkflow.ts';
import { digestOf, ENVIRONMENT } from '../../../support/pinnedWorkflow.ts';
import { OWNER, RunRoleHarness } from '../../../support/runRole.ts';

const isCode =
  (code: string, pattern = /./) =>
  (error: unknown) =>
    error instanceof CairnError && error.code === code && pattern.test(error.message);

const RUN_ID = { kind: 'template', parts: [{ kind: 'substitution', scope: 'run', name: 'id' }] } as const;
const FLOW: FlowSketch = {
  params: { depth: 3 },
  steps: {
    load: {},
    tag: { params: { id: '' }, changes: { params: { id: RUN_ID } } },
    each: { inputs: { in0: 'load' }, foreach: ['a', 'b'] },
    check: { workflow: 'inner', inputs: { data: 'each[*]' } },
    report: { inputs: { in0: 'check.score', in1: 'tag' } },
  },
};
const INNER: FlowSketch = {
  inputs: ['data'],
  steps: {
    score: { inputs: { in0: 'inputs.data' }, contract: { determinism: 'seeded', seed: 7 } },
    mark: { inputs: { in0: 'score' }, params: { id: '' }, changes: { params: { id: RUN_ID } } },
  },
  outputs: { score: 'mark' },
};

describe('executor: receipts and replays', () => {
  let harness: RunRoleHarness;
  let other: RunRoleHarness;
  let folder: string;
  let run: string;
  beforeEach(async () => {
    harness = new RunRoleHarness();
    other = new RunRoleHarness();
    folder = mkdtempSync(join(tmpdir(), 'cairn-receipt-'));
    await Promise.all([harness.open(), other.open()]);
    run = await submit();
  });
  afterEach(async () => {
    rmSync(folder, { recursive: true });
    await harness.remove();
    await other.remove();
  });

  async function submit(flow = FLOW, changes: Partial<SubmitRequest> = {}): Promise<string> {
    const flows = sketchFlows({ flow, inner: INNER }, 'flow');
    const submitted = await harness.role.submit(harness.toRequest({}, { ...flows, ...changes }), OWNER);
    return (await harness.finished(submitted.run)).run;
  }
  let keys = 0;
  async function replay(on: RunRoleHarness, request: { readonly run?: string; readonly folder?: string }): Promise<ReplayDocument> {
    const begun = await on.role.replay({ ...request, key: `replay-key-${(keys += 1)}` }, OWNER);
    if (begun.run === null) return begun;
    await on.finished(begun.run);
    return on.role.replayed(begun.run, OWNER);
  }
  const differing = ({ steps }: ReplayDocument): readonly string[] =>
    steps.filter(({ equal }) => equal !== true).map(({ step, because = '-' }) => `${step} ${because}`);

  it('a receipt is the same whenever it is made, and holds what was given and what came of it', async () => {
    const first = await harness.role.receipt(run, OWNER);
    await submit();
    await harness.close();
    await harness.open();
    const again = await harness.role.receipt(run, OWNER);
    assert.deepEqual(again, first);
    assert.deepEqual([first.v, first.run, first.missing], [1, run, []]);
    assert.equal(digestOf(toCanonicalJson(first.receipt)), first.digest);
    const { tasks, blobs, runs } = first.receipt as unknown as {
      tasks: { path: string; seed: number | null }[];
      blobs: string[];
      runs: object;
    };
    assert.deepEqual(
      tasks.map(({ path }) => path),
      ['load', 'tag', 'each[a]', 'each[b]', 'check', 'check/score', 'check/mark', 'report'],
    );
    assert.equal(tasks[5]?.seed, 7);
    assert.deepEqual(Object.keys(runs), ['check']);
    assert.equal(blobs.length, first.blobs);
    assert.equal(blobs.length, 2 * 6, 'a manifest and a file of each module');
  });

  it('replays on the same agent: everything runs, everything is equal, nothing goes into the cache', async () => {
    harness.runtime.launched.length = 0;
    const document = await replay(harness, { run });
    assert.deepEqual([document.of, document.state, document.equal, document.missing], [run, 'succeeded', true, []]);
    assert.deepEqual(differing(document), []);
    assert.equal(harness.runtime.launched.length, 7);
    const shown = harness.role.show(document.run ?? '', OWNER);
    assert.deepEqual(shown.origin, { kind: 'replay', run });
    assert.ok(shown.steps.every(({ decision }) => decision === 'executed'));
    harness.runtime.on('load', () => succeedWith([toOutput('out', 'chance')]));
    assert.equal((await replay(harness, { run })).equal, false);
    const reused = harness.role.show(await submit({ ...FLOW, steps: { load: {} } }), OWNER).steps[0];
    assert.equal(reused?.outputs['out']?.digest, document.steps[0]?.outputs[0]?.after, 'the replay that differed has published nothing');
  });

  it('replays on another agent from the folder of the receipt, and by the name of the run from then on', async () => {
    const written = await harness.role.export({ run, folder }, OWNER);
    assert.deepEqual([written.folder, written.missing, readdirSync(folder).sort()], [folder, [], ['blobs', 'receipt.json']]);
    assert.equal(digestOf(readFileSync(join(folder, 'receipt.json'))), written.digest);
    for (const name of readdirSync(join(folder, 'blobs'))) assert.equal(digestOf(readFileSync(join(folder, 'blobs', name))), name);
    assert.deepEqual(await harness.role.export({ run, folder }, OWNER), written, 'the same again');
    await assert.rejects(replay(other, { run }), isCode('unknown-run', /no receipt of it/));
    const document = await replay(other, { folder });
    assert.deepEqual([document.of, document.equal, differing(document)], [run, true, []]);
    assert.equal((await replay(other, { run })).equal, true);
    assert.equal((await replay(other, { run, folder })).equal, true);
    await assert.rejects(replay(other, { run: 'another', folder }), isCode('invalid-request', /is of|receipt of run/));
    const receipt = await other.role.receipt(run, OWNER);
    assert.equal(receipt.digest, written.digest);
    await assert.rejects(harness.role.export({ run: await submit(), folder }, OWNER), isCode('already-exists'));
  });

  it('names what is missing, and begins nothing', async () => {
    await harness.role.export({ run, folder }, OWNER);
    const [first = '', second = ''] = readdirSync(join(folder, 'blobs'));
    rmSync(join(folder, 'blobs', first));
    writeFileSync(join(folder, 'blobs', second), 'damaged');
    const refused = await replay(other, { folder });
    assert.deepEqual([refused.run, refused.state, refused.equal], [null, null, null]);
    assert.deepEqual(refused.missing.map(({ kind, name }) => [kind, name]).sort(), [
      ['blob', first],
      ['blob', second],
    ]);
    assert.ok(refused.steps.some(({ missing = [] }) => missing.length > 0));
    assert.deepEqual(other.role.list({ limit: 5 }, OWNER).runs, []);
  });

  it('names a Python, packages and secrets that are not there', async () => {
    const secretive = { ...ENVIRONMENT, secrets: ['TOKEN'], digest: digestOf('secretive') };
    const { definition, blobs } = sketchFlows({ flow: { steps: { load: {} } } }, 'flow');
    const steps = definition.steps.map((step) => ({ ...step, environment: secretive.digest }));
    await harness.close();
    await harness.open({ readSecret: () => Promise.resolve('s3cret-value') });
    const submitted = await harness.role.submit(
      harness.toRequest({}, { definition: { ...definition, steps, environments: [secretive] }, blobs }),
      OWNER,
    );
    await harness.finished(submitted.run);
    await harness.role.export({ run: submitted.run, folder }, OWNER);
    assert.ok(!readFileSync(join(folder, 'receipt.json'), 'utf8').includes('s3cret-value'));
    for (const [code, kind] of [
      ['python-missing', 'python'],
      ['environment-failed', 'package'],
    ] as const) {
      other.runtime.prepareProblem = new CairnError(code, 'it is not there');
      const { missing } = await replay(other, { folder });
      assert.deepEqual(
        missing.map((each) => [each.kind, each.name, each.step]),
        [
          ['secret', 'TOKEN', 'load'],
          [kind, 'test', 'load'],
        ],
      );
    }
    other.runtime.prepareProblem = undefined;
    await other.close();
    await other.open({ readSecret: () => Promise.resolve('another value') });
    assert.equal((await replay(other, { folder })).equal, true);
  });

  it('tells apart what may differ, what follows from it, what failed, and what should be equal', async () => {
    const flow: FlowSketch = {
      steps: {
        chance: { contract: { determinism: 'stochastic' } },
        below: { inputs: { in0: 'chance' } },
        sound: {},
        broken: {},
        wrong: {},
        after: { inputs: { in0: 'broken' } },
      },
    };
    const first = await submit(flow);
    harness.runtime.on('chance', () => succeedWith([toOutput('out', Math.random())]));
    harness.runtime.on('wrong', () => succeedWith([toOutput('out', 'wrong')]));
    harness.runtime.on('broken', () => fail('user', 'broken now'));
    const document = await replay(harness, { run: first });
    assert.deepEqual([document.state, document.equal], ['failed', false]);
    assert.deepEqual(differing(document), ['chance determinism', 'below upstream', 'broken failed', 'wrong unexplained', 'after upstream']);
    assert.equal(document.steps[0]?.class, 'stochastic');
    assert.equal(document.steps[1]?.upstream, 'chance');
  });

  it('finds what differs through nested workflows and fan-outs, and names nobody else', async () => {
    const flow: FlowSketch = {
      steps: {
        chance: { contract: { determinism: 'stochastic' } },
        each: { inputs: { in0: 'chance' }, over: { item: 'chance' } },
        check: { workflow: 'inner', inputs: { data: 'chance' } },
        after: { inputs: { in0: 'check.score' } },
        apart: { workflow: 'wild', inputs: {} },
      },
    };
    const inner: FlowSketch = {
      ...INNER,
      steps: { score: { inputs: { in0: 'inputs.data' } }, mark: { inputs: { in0: 'score' } }, own: {} },
    };
    const wild: FlowSketch = {
      steps: { dice: { contract: { determinism: 'stochastic' } }, below: { inputs: { in0: 'dice' } } },
      outputs: { out: 'below' },
    };
    harness.runtime.on('chance', () => succeedWith([toOutput('out', [1, 2, 3])]));
    const flows = sketchFlows({ flow, inner, wild }, 'flow');
    const submitted = await harness.role.submit(harness.toRequest({}, flows), OWNER);
    await harness.finished(submitted.run);
    harness.runtime.on('chance', () => succeedWith([toOutput('out', [4, 5])]));
    for (const step of ['score', 'mark', 'after', 'dice', 'below'])
      harness.runtime.on(step, () => succeedWith([toOutput('out', `other ${step}`)]));
    harness.runtime.on('own', () => succeedWith([toOutput('out', 'wrong')]));
    const { steps } = await replay(harness, { run: submitted.run });
    assert.deepEqual(
      Object.fromEntries(steps.filter(({ equal }) => equal !== true).map((each) => [each.step, [each.because, each.upstream]])),
      {
        chance: ['determinism', undefined],
        'each[0]': ['upstream', 'chance'],
        'each[1]': ['upstream', 'chance'],
        'each[2]': ['upstream', 'chance'],
        check: ['upstream', 'chance'],
        'check/score': ['upstream', 'chance'],
        'check/mark': ['upstream', 'check/score'],
        'check/own': ['unexplained', undefined],
        after: ['upstream', 'check'],
        apart: ['upstream', 'apart/dice'],
        'apart/dice': ['determinism', undefined],
        'apart/below': ['upstream', 'apart/dice'],
      },
    );
  });

  it('repeats a run that failed, and one that was begun from a step', async () => {
    harness.runtime.on('report', () => fail('user'));
    const failed = await submit({ ...FLOW, steps: { ...FLOW.steps, report: { inputs: { in0: 'load' }, code: 'bad' } } });
    const document = await replay(harness, { run: failed });
    assert.deepEqual([document.state, document.equal, document.steps.at(-1)?.equal], ['failed', true, null]);
    harness.runtime.behaviours.delete('report');
    const again = await harness.role.rerun({ run, from: 'each', force: false, params: {}, key: 'rerun-key' }, OWNER);
    await harness.finished(again.run);
    const part = await replay(harness, { run: again.run });
    assert.deepEqual([part.equal, differing(part)], [true, []]);
  });

  it('refuses runs that have not ended, receipts that are none, and replays of nothing', async () => {
    harness.runtime.on('slow', untilAborted);
    const flows = sketchFlows({ flow: { steps: { slow: {} } } }, 'flow');
    const open = await harness.role.submit(harness.toRequest({}, flows), OWNER);
    await assert.rejects(harness.role.receipt(open.run, OWNER), isCode('invalid-request', /still (queued|running)/));
    await assert.rejects(harness.role.receipt('nothing', OWNER), isCode('unknown-run'));
    await assert.rejects(harness.role.replayed(run, OWNER), isCode('invalid-request', /is no replay/));
    await assert.rejects(replay(harness, {}), isCode('invalid-request'));
    await assert.rejects(replay(harness, { folder }), isCode('invalid-request', /has no receipt.json/));
    await assert.rejects(replay(harness, { folder: 'relative' }), isCode('invalid-request', /not an absolute path/));
    await harness.role.export({ run, folder }, OWNER);
    const path = join(folder, 'receipt.json');
    copyFileSync(path, `${path}.good`);
    const good = JSON.parse(readFileSync(path, 'utf8')) as { readonly definition: { readonly steps: readonly object[] } };
    for (const bad of [
      '',
      '{',
      '[]',
      '{"v":1}',
      JSON.stringify({ ...good, v: 2 }),
      JSON.stringify({ ...good, blobs: ['../../etc/passwd'] }),
    ]) {
      writeFileSync(path, bad);
      await assert.rejects(replay(other, { folder }), isCode('invalid-request'), bad.slice(0, 40));
    }
    const [step = {}] = good.definition.steps;
    for (const change of [
      { inputs: { in0: { step: 'x' } } },
      { foreach: 3 },
      { environment: '' },
      { params: { a: { kind: 'template' } } },
    ]) {
      writeFileSync(path, JSON.stringify({ ...good, definition: { ...good.definition, steps: [{ ...step, ...change }] } }));
      await assert.rejects(replay(other, { folder }), isCode('invalid-request'), JSON.stringify(change));
    }
    assert.deepEqual(other.role.list({ limit: 5 }, OWNER).runs, []);
  });
});
