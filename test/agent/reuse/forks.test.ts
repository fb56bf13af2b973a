import assert from 'node:assert/strict';
import { toCanonicalJson } from '../../../language/model/json.ts';
import type { RunDocument } from '../../../rde-agent/protocol/documents.ts';
import { ForkOracle, toSubmission, type ModelFlow, type ModelRun, type ModelStep, type StepClass } from '../../support/forkOracle.ts';
import { digestOf } from '../../support/pinnedWorkflow.ts';
import { OWNER, RunRoleHarness } from '../../support/runRole.ts';
import { listSeeds, Random } from './random.ts';

const SEEDS = [201, 202, 203, 204, 205];
const FLOWS = 12;
const FORKS_EACH = 9;

const CLASSES: readonly StepClass[] = ['pure', 'pure', 'pure', 'seeded', 'stochastic', 'sideEffect', 'off', 'refresh'];

const tally = { flows: 0, forks: 0, executed: 0, stood: 0, planned: 0, conditional: 0, afterFailure: 0 };

function createSteps(random: Random, count: number, names: string, first: readonly string[]): ModelStep[] {
  const steps: ModelStep[] = [];
  const values: string[] = [...first];
  for (let index = 0; index < count; index += 1) {
    const id = `${names}${String(index)}`;
    const lists = steps.filter(({ kind }) => kind === 'list').map((step) => step.id);
    const kind = random.pick(
      lists.length > 0 ? (['value', 'value', 'fan', 'over', 'over'] as const) : (['value', 'value', 'list', 'fan'] as const),
    );
    const needs = values.length === 0 ? [] : [...new Set(Array.from({ length: random.below(3) }, () => random.pick(values)))];
    const over = kind === 'over' ? { over: random.pick(lists) } : {};
    const param = random.below(3) === 0 ? null : random.below(3);
    steps.push({
      id,
      class: random.pick(CLASSES),
      kind,
      needs,
      ...over,
      param,
      code: 0,
      values: random.pick([1, 2, 1000, 1000]),
      fails: false,
    });
    values.push(id);
  }
  return steps;
}

function createFlow(random: Random, name: string): ModelFlow {
  const steps = createSteps(random, 3 + random.below(5), 's', []);
  const inner = [...createSteps(random, 1 + random.below(3), 'i', ['data']), toLast('last')];
  if (random.below(2) === 0) {
    const data = random.pick(steps).id;
    steps.push({ ...toLast('nest'), kind: 'nested', needs: [data] }, { ...toLast('end'), needs: ['nest'] });
  }
  return { name, steps, inner, param: random.below(3) };
}

function toLast(id: string): ModelStep {
  return { id, class: 'pure', kind: 'value', needs: id === 'last' ? ['i0'] : [], param: 0, code: 0, values: 1000, fails: false };
}

/** One to three edits; few values, so that a flow comes back to what it was before. */
function toEdited(flow: ModelFlow, random: Random): ModelFlow {
  let edited = flow;
  for (let count = random.below(3); count >= 0; count -= 1) edited = editOnce(edited, random);
  return edited;
}

function editOnce(flow: ModelFlow, random: Random): ModelFlow {
  const isInner = flow.steps.some(({ kind }) => kind === 'nested') && random.below(3) === 0;
  const steps = isInner ? flow.inner : flow.steps;
  const at = random.below(steps.length);
  const edit = (change: (step: ModelStep) => Partial<ModelStep>): ModelFlow => {
    const changed = steps.map((step, index) => (index === at && step.kind !== 'nested' ? { ...step, ...change(step) } : step));
    return isInner ? { ...flow, inner: changed } : { ...flow, steps: changed };
  };
  switch (random.below(9)) {
    case 0:
      return { ...flow, param: random.below(3) };
    case 1:
      return edit(({ param }) => ({ param: param === null ? null : random.below(3) }));
    case 2:
      return edit(() => ({ fails: true }));
    case 3:
      return edit(({ needs }) => ({ needs: needs.slice(1) }));
    case 4:
    case 5:
      return {
        ...flow,
        steps: flow.steps.map((step) => ({ ...step, fails: false })),
        inner: flow.inner.map((step) => ({ ...step, fails: false })),
      };
    default:
      return edit(() => ({ code: random.below(3) }));
  }
}

/** A step that the fork starts from, now and then. */
function toStart({ steps, inner }: ModelFlow, random: Random): string | null {
  if (random.below(3) > 0) return null;
  const step = random.pick(steps);
  if (step.kind === 'nested' && random.below(2) === 0) return `nest/${random.pick(inner).id}`;
  return step.kind === 'fan' && random.below(2) === 0 ? `${step.id}[b]` : step.id;
}

describe('agent: reuse: random forks execute exactly what they must', () => {
  let harness: RunRoleHarness;
  before(async () => {
    harness = new RunRoleHarness();
    await harness.open();
  });
  after(() => harness.remove());

  for (const seed of listSeeds(SEEDS)) {
    it(`as an oracle of their own says (seed ${String(seed)})`, async function () {
      this.timeout(120_000);
      const random = new Random(seed);
      for (let count = 0; count < FLOWS; count += 1) await forkOften(random, `seed${String(seed)}-${String(count)}`);
    });
  }

  it('of five hundred at least', function () {
    if (process.env['CAIRN_SEED'] !== undefined) this.skip();
    const { flows, forks, executed, stood, afterFailure, planned, conditional } = tally;
    console.log(
      `      ${String(flows)} workflows, ${String(forks)} forks (${String(afterFailure)} of failed runs): ${String(executed)} tasks executed, ${String(stood)} stood; ${String(planned)} planned (${String(conditional)} conditional)`,
    );
    assert.ok(forks >= 500);
  });

  async function forkOften(random: Random, name: string): Promise<void> {
    tally.flows += 1;
    const oracle = new ForkOracle();
    let flow = createFlow(random, name);
    const runs: { readonly run: string; readonly results: ModelRun; readonly hasFailed: boolean }[] = [];
    for (let count = 0; count <= FORKS_EACH; count += 1) {
      const base = runs.length === 0 ? undefined : random.pick(runs);
      if (base !== undefined) flow = toEdited(flow, random);
      const from = base === undefined ? null : toStart(flow, random);
      const document = await start(flow, oracle, base?.run, from);
      const expected = oracle.expect(flow, base?.results, from, document);
      const where = `${name}, run ${String(count)} from ${String(from)}: ${JSON.stringify(flow)}`;
      assert.deepEqual(listTasks(document, 'executed'), expected.executed.toSorted(), where);
      assert.deepEqual(listTasks(document, 'reused'), expected.reused.toSorted(), where);
      assert.deepEqual(listDigests(document), toDigests(expected.run), where);
      runs.push({ run: document.run, results: expected.run, hasFailed: document.state === 'failed' });
      if (base === undefined) continue;
      tally.forks += 1;
      tally.executed += expected.executed.length;
      tally.stood += expected.reused.length;
      if (base.hasFailed) tally.afterFailure += 1;
    }
  }

  function listDigests({ steps }: RunDocument): object {
    const succeeded = steps.filter((step) => step.workflow === undefined && step.state === 'succeeded');
    return Object.fromEntries(succeeded.map(({ step, outputs }) => [step, outputs['out']?.digest]));
  }

  /** What a run would give in which nothing stands, but for what chance gave to those that do. */
  function toDigests(run: ModelRun): object {
    return Object.fromEntries([...run].map(([path, { value }]) => [path, digestOf(toCanonicalJson(value))]));
  }

  async function start(flow: ModelFlow, oracle: ForkOracle, fork: string | undefined, from: string | null): Promise<RunDocument> {
    const submission = toSubmission(flow);
    for (const { id } of [...flow.steps, ...flow.inner]) harness.runtime.on(`${flow.name}/${id}`, oracle.behaviour(flow));
    const request = harness.toRequest({}, { ...submission, from, ...(fork === undefined ? {} : { fork }) });
    const plan = fork === undefined ? undefined : await harness.role.plan(submission.definition, from, OWNER, [], undefined, fork);
    const document = await harness.finished((await harness.role.submit(request, OWNER)).run);
    for (const { step, decision } of plan?.steps ?? []) {
      const shown = document.steps.find((each) => each.step === step);
      if (shown === undefined || shown.workflow !== undefined || shown.decision === null) continue;
      tally.planned += 1;
      if (decision === 'conditional') tally.conditional += 1;
      else
        assert.equal(
          decision === 'hit' ? 'reused' : 'executed',
          shown.decision,
          `${flow.name}: the plan of ${step}: ${JSON.stringify(flow)}`,
        );
    }
    return document;
  }

  function listTasks({ steps }: RunDocument, decision: 'executed' | 'reused'): readonly string[] {
    return steps
      .filter((step) => step.workflow === undefined && step.decision === decision)
      .map(({ step }) => step)
      .sort();
  }
});
