import assert from 'node:assert/strict';
import type { DiffDocument, DiffStep } from '../../../../rde-agent/protocol/comparisons.ts';
import { CairnError } from '../../../../rde-agent/protocol/errors.ts';
import type { PinnedWorkflow } from '../../../../rde-agent/protocol/pinned.ts';
import { fail, succeedWith, toOutput } from '../../../support/fakeRuntime.ts';
import { INNER_FLOW, sketchFlows, toChainFlow } from '../../../support/nestedWorkflow.ts';
import { digestOf, ENVIRONMENT } from '../../../support/pinnedWorkflow.ts';
import { OWNER, RunRoleHarness } from '../../../support/runRole.ts';

const FLOW = toChainFlow({ depth: 3, width: 1 });

describe('executor: differences of runs', () => {
  let harness: RunRoleHarness;
  let first: string;
  beforeEach(async () => {
    harness = new RunRoleHarness();
    await harness.open();
    first = await run();
  });
  afterEach(() => harness.remove());

  async function run(flow = FLOW, change: (definition: PinnedWorkflow) => PinnedWorkflow = (same) => same): Promise<string> {
    const { definition, blobs } = sketchFlows({ flow, inner: INNER_FLOW }, 'flow');
    const submitted = await harness.role.submit(harness.toRequest({}, { definition: change(definition), blobs }), OWNER);
    return (await harness.finished(submitted.run)).run;
  }
  const diff = (other: string): Promise<DiffDocument> => harness.role.diff({ run: first, other }, OWNER);
  const differing = ({ steps }: DiffDocument): readonly DiffStep[] => steps.filter(({ equal }) => !equal);
  const reasons = ({ step, reasons: all }: DiffStep): string =>
    `${step}: ${all.map(({ kind, name }) => [kind, name].filter(Boolean).join(' ')).join(', ')}`;

  it('of a run and the same again there are none', async () => {
    const document = await diff(await run());
    assert.deepEqual([document.equal, document.params, document.environments, differing(document)], [true, [], [], []]);
    assert.deepEqual(document.steps[0]?.decision, { before: 'executed', after: 'reused' });
    assert.equal((await diff(first)).equal, true);
  });

  it('names parameters and what follows from them, also inside of nested workflows', async () => {
    const document = await diff(await run({ ...FLOW, params: { depth: 5, width: 1 } }));
    assert.deepEqual(document.params, [{ name: 'depth', before: '3', after: '5' }]);
    assert.deepEqual(differing(document).map(reasons), ['train: param depth', 'check: ', 'check/score: input in0', 'report: input in0']);
  });

  it('names code without an effect on the result, metrics, and states', async () => {
    const code = { ...FLOW, steps: { ...FLOW.steps, load: { code: 'edited' } } };
    const edited = differing(await diff(await run(code)));
    assert.deepEqual(edited.map(reasons), ['load: code']);
    assert.ok(edited[0]?.outputs.every(({ equal }) => equal));
    harness.runtime.on('train', () => succeedWith([toOutput('out', 1)], { loss: 0.5 }));
    harness.runtime.on('report', () => fail('user'));
    const steps = { ...FLOW.steps, train: { ...FLOW.steps['train'], code: 'other' }, report: { ...FLOW.steps['report'], code: 'other' } };
    const [train, , , report] = differing(await diff(await run({ ...FLOW, steps })));
    assert.deepEqual([train?.metrics, train?.reasons[0]?.kind], [[{ name: 'loss', before: null, after: 0.5 }], 'code']);
    assert.deepEqual(report?.state, { before: 'succeeded', after: 'failed' });
  });

  it('names steps that only one of them has, at their places', async () => {
    const { load = {}, train = {} } = FLOW.steps;
    const document = await diff(await run({ ...FLOW, steps: { load, more: { inputs: { in0: 'load' } }, train } }));
    assert.deepEqual(
      document.steps.map((step) => `${step.step} ${step.in}`),
      ['load both', 'more after', 'train both', 'check before', 'check/score before', 'report before'],
    );
    assert.deepEqual(
      document.steps.filter(({ equal }) => equal).map(({ step }) => step),
      ['load', 'train'],
    );
  });

  it('is one graph of both, with what a step needs in either, nested steps below theirs', async () => {
    const { load = {}, train = {}, check = {} } = FLOW.steps;
    const { graph = [] } = await diff(await run({ ...FLOW, steps: { load, more: { inputs: { in0: 'load' } }, train, check } }));
    assert.deepEqual(
      graph.map((node) => [node.step, node.kind, node.in, node.needs.join(' ')]),
      [
        ['load', 'module', 'both', ''],
        ['more', 'module', 'after', 'load'],
        ['train', 'module', 'both', 'load'],
        ['check', 'workflow', 'both', 'train'],
        ['check/score', 'module', 'both', ''],
        ['report', 'module', 'before', 'check'],
      ],
    );
  });

  it('names what of an environment differs, and columns of tables', async () => {
    const environment = {
      ...ENVIRONMENT,
      digest: digestOf('other'),
      python: '3.13.1',
      packages: { numpy: '2.1.0+sha256:aa' },
      variables: {},
    };
    const change = (definition: PinnedWorkflow): PinnedWorkflow => ({
      ...definition,
      environments: [environment],
      steps: definition.steps.map((step) => (step.kind === 'workflow' ? step : { ...step, environment: environment.digest })),
    });
    const document = await diff(await run({ ...FLOW, steps: { load: {} } }, change));
    assert.deepEqual(
      document.environments.map(({ kind, name, before, after }) => [kind, name, before, after]),
      [
        ['python', undefined, '3.13.0', '3.13.1'],
        ['package', 'numpy', '2.0.0+sha256:aa', '2.1.0+sha256:aa'],
        ['variable', 'TZ', 'UTC', null],
      ],
    );
    assert.deepEqual(document.steps.filter((step) => step.step === 'load').map(reasons), ['load: package numpy, python, variable TZ']);
  });

  it('refuses runs that there are none of', async () => {
    await assert.rejects(diff('nothing'), (error: unknown) => error instanceof CairnError && error.code === 'unknown-run');
  });
});
