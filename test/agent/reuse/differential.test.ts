import assert from 'node:assert/strict';
import type { PlanDocument, RunDocument } from '../../../rde-agent/protocol/documents.ts';
import { Composition } from '../../support/composition.ts';
import { SmallWorkspace } from '../../support/smallWorkspace.ts';
import { EDITS } from './programEdits.ts';
import { listSeeds, Random } from './random.ts';
import { createFlow, toFlowFiles, type Flow } from './randomFlow.ts';
import { withPart } from './randomProgram.ts';

const SEEDS = [101, 102, 103, 104, 105, 106];
const FLOWS = 9;
const EDITS_EACH = 6;

type PlanStep = PlanDocument['steps'][number];

const tally = { flows: 0, runs: 0, pairs: 0, reused: 0, conditional: 0, disagreed: [] as string[], falseHits: [] as string[] };

function toEdited(flow: Flow, random: Random): Flow {
  switch (random.below(8)) {
    case 0: {
      const step = random.below(flow.params.length);
      return { ...flow, params: flow.params.map((value, index) => (index === step ? random.below(9) : value)) };
    }
    case 1:
      return { ...flow, mode: `mode${String(random.below(3))}` };
    case 2:
      return { ...flow, idle: `idle${String(random.below(1000))}` };
    default: {
      const step = random.below(flow.programs.length);
      const { part } = random.pick(EDITS);
      // Few values, so that a flow comes back to what it was before.
      return {
        ...flow,
        programs: flow.programs.map((program, index) => (index === step ? withPart(program, part, 1 + random.below(4)) : program)),
      };
    }
  }
}

function toOutputs({ state, steps }: RunDocument): unknown {
  assert.equal(state, 'succeeded', JSON.stringify(steps.map(({ error }) => error)));
  return steps.map(({ step, outputs }) => [step, Object.entries(outputs).map(([port, { logical }]) => [port, logical])]);
}

/** What the plan said of a step, where its condition turned out as it did. */
function toPredicted(planned: PlanStep, run: RunDocument): 'reused' | 'executed' {
  if (planned.decision !== 'conditional') return planned.decision === 'hit' ? 'reused' : 'executed';
  const holds = planned.reasons.every(({ upstream, before }) => {
    const found = run.steps.find(({ step }) => step === upstream);
    return upstream === undefined || found?.outputs['out']?.logical === before;
  });
  return holds ? 'reused' : 'executed';
}

function judge(plan: PlanDocument, run: RunDocument, where: string): void {
  const planned = new Map(plan.steps.map((step) => [step.step, step]));
  for (const { step, decision } of run.steps) {
    const said = planned.get(step);
    assert.ok(said, `${where}: ${step} is not in the plan`);
    const predicted = toPredicted(said, run);
    tally.pairs += 1;
    tally.reused += decision === 'reused' ? 1 : 0;
    tally.conditional += said.decision === 'conditional' ? 1 : 0;
    if (predicted === decision) continue;
    const what = `${where}: ${step} was said to be ${said.decision} (${said.reasons.map(({ message }) => message).join('; ')}), and was ${decision ?? 'not decided'}`;
    tally.disagreed.push(what);
    if (said.decision === 'hit') tally.falseHits.push(what);
  }
}

describe('agent: reuse: run with the cache = run without, plan = run', () => {
  const cached = new Composition();
  const uncached = new Composition();
  before(async () => {
    await cached.start();
    await uncached.start();
  });
  after(async () => {
    await cached.dispose();
    await uncached.dispose();
  });

  for (const seed of listSeeds(SEEDS)) {
    it(`on random workflows with random edits (seed ${String(seed)})`, async function () {
      this.timeout(240_000);
      const random = new Random(seed);
      for (let count = 0; count < FLOWS; count += 1) await editFlow(random, `seed ${String(seed)}, flow ${String(count)}`);
    });
  }

  async function editFlow(random: Random, where: string): Promise<void> {
    let flow = createFlow(random, 2 + random.below(3));
    const space = new SmallWorkspace(toFlowFiles(flow));
    const asked = { root: space.root, workflow: 'flow/w' };
    tally.flows += 1;
    try {
      await cached.run(asked);
      for (let edit = 0; edit < EDITS_EACH; edit += 1) {
        flow = toEdited(flow, random);
        space.write(toFlowFiles(flow));
        const plan = await cached.plan(asked);
        const run = await cached.run(asked);
        const truth = await uncached.run({ ...asked, force: true });
        tally.runs += 1;
        assert.deepEqual(toOutputs(run), toOutputs(truth), `${where}, edit ${String(edit)}`);
        judge(plan, run, `${where}, edit ${String(edit)}`);
      }
    } finally {
      await cached.roles.workspaceRole.close(space.root);
      await uncached.roles.workspaceRole.close(space.root);
      space.dispose();
    }
  }

  it('the plan has no false hit and agrees in >= 99 %', () => {
    const { flows, runs, pairs, reused, conditional, disagreed, falseHits } = tally;
    console.log(
      `      ${String(flows)} workflows, ${String(runs)} edits, ${String(pairs)} steps planned and run (${String(reused)} reused, ${String(conditional)} conditional), ${String(disagreed.length)} disagreements`,
    );
    for (const each of disagreed) console.log(`      ${each}`);
    assert.deepEqual(falseHits, []);
    assert.ok(disagreed.length <= pairs * 0.01);
  });
});
