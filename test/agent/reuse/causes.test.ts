import assert from 'node:assert/strict';
import type { Reason } from '../../../rde-agent/protocol/reason.ts';
import { Composition } from '../../support/composition.ts';
import { SmallWorkspace } from '../../support/smallWorkspace.ts';
import { EDITS, type Cause } from './programEdits.ts';
import { listSeeds, Random } from './random.ts';
import { createFlow, toFlowFiles, type Flow } from './randomFlow.ts';
import { withPart } from './randomProgram.ts';

/** An edit of the flow's second step, or of what it is given. */
interface FlowEdit {
  readonly what: string;
  readonly apply: (flow: Flow, random: Random) => Flow;
  readonly cause: Cause | null;
  /** true as well, but not what was edited */
  readonly also?: Cause;
}

const toPart = (step: number, part: (typeof EDITS)[number]['part']): FlowEdit['apply'] => {
  return (flow, random) => ({
    ...flow,
    programs: flow.programs.map((program, index) =>
      index === step ? withPart(program, part, program.parts[part] + 100 + random.below(900)) : program,
    ),
  });
};

const KINDS: readonly FlowEdit[] = [
  ...EDITS.map(({ part, cause }): FlowEdit => ({ what: part, apply: toPart(1, part), cause })),
  {
    what: 'param',
    apply: (flow, random) => ({ ...flow, params: [flow.params[0] ?? 0, (flow.params[1] ?? 0) + 1 + random.below(50)] }),
    cause: { kind: 'param', name: 'p' },
  },
  { what: 'input', apply: toPart(0, 'base'), cause: { kind: 'input', name: 'in0' } },
  {
    what: 'variable',
    apply: (flow, random) => ({ ...flow, mode: `mode${String(random.below(1e9))}` }),
    cause: { kind: 'variable', name: 'FLOW_MODE' },
    also: { kind: 'input', name: 'in0' },
  },
  { what: 'idle variable', apply: (flow, random) => ({ ...flow, idle: `idle${String(random.below(1e9))}` }), cause: null },
];

const SEEDS = [11, 12, 13, 14, 15, 16, 17, 18];
const SINGLES = 56;
const PAIRS = 16;

/** The tally over all seeds. */
const tally = { singles: 0, named: 0, wrong: [] as string[], pairs: 0, bothNamed: 0, needless: [] as string[], stale: [] as string[] };

function isNamed({ kind, symbol, name, file }: Cause, reason: Reason): boolean {
  if (reason.kind !== kind) return false;
  if (symbol !== undefined && !symbol.test(reason.symbol ?? '')) return false;
  return (name === undefined || reason.name === name) && (file === undefined || (reason.file ?? '').endsWith(file));
}

function toText(reasons: readonly Reason[]): string {
  return reasons.map(({ kind, symbol, file, name }) => [kind, symbol ?? name, file].filter(Boolean).join(' ')).join(', ');
}

/** One flow of two steps that is edited again and again; each run is judged against the state before it. */
class EditedFlow {
  readonly #composition: Composition;
  readonly #random: Random;
  readonly #space: SmallWorkspace;
  readonly #seed: number;
  #flow: Flow;

  constructor(composition: Composition, seed: number) {
    this.#composition = composition;
    this.#seed = seed;
    this.#random = new Random(seed);
    const made = createFlow(this.#random, 2);
    const [first, second] = made.programs;
    if (first === undefined || second === undefined) throw new Error('two steps');
    this.#flow = {
      ...made,
      needs: [[], [0]],
      fans: [],
      programs: [
        { ...first, inputs: [] },
        { ...second, inputs: ['json'] },
      ],
    };
    this.#space = new SmallWorkspace(toFlowFiles(this.#flow));
  }

  async begin(): Promise<void> {
    await this.#run();
  }

  async edit(edits: readonly FlowEdit[]): Promise<void> {
    this.#flow = edits.reduce((flow, edit) => edit.apply(flow, this.#random), this.#flow);
    this.#space.write(toFlowFiles(this.#flow));
    const step = await this.#run();
    const causes = edits.flatMap(({ cause }) => cause ?? []);
    const what = `seed ${String(this.#seed)}: ${edits.map((each) => each.what).join(' + ')}: ${step.decision ?? ''} ${toText(step.reasons)}`;
    if (causes.length === 0) {
      if (step.decision !== 'reused') tally.needless.push(what);
      return;
    }
    if (step.decision === 'reused') return void tally.stale.push(what);
    const named = causes.filter((cause) => step.reasons.some((reason) => isNamed(cause, reason))).length;
    const right = [...causes, ...edits.flatMap(({ also }) => also ?? [])];
    const isWrong = step.reasons.some((reason) => !right.some((cause) => isNamed(cause, reason)));
    if (isWrong || named < causes.length) tally.wrong.push(what);
    if (causes.length === 1) {
      tally.singles += 1;
      tally.named += named;
    } else {
      tally.pairs += 1;
      tally.bothNamed += named === 2 ? 1 : 0;
    }
  }

  pick(): FlowEdit {
    return this.#random.pick(KINDS);
  }

  dispose(): void {
    this.#space.dispose();
  }

  async #run(): Promise<{ readonly decision: string | null; readonly reasons: readonly Reason[] }> {
    const { steps } = await this.#composition.run({ root: this.#space.root, workflow: 'flow/w' });
    const step = steps.find((each) => each.step === 's1');
    assert.equal(step?.state, 'succeeded', JSON.stringify(steps.map(({ error }) => error)));
    return step;
  }
}

describe('agent: reuse: every cause is named, and nothing else', () => {
  const composition = new Composition();
  before(() => composition.start());
  after(() => composition.dispose());

  for (const seed of listSeeds(SEEDS)) {
    it(`of single edits and of pairs (seed ${String(seed)})`, async function () {
      this.timeout(240_000);
      const flow = new EditedFlow(composition, seed);
      try {
        await flow.begin();
        for (let index = 0; index < SINGLES; index += 1) await flow.edit([KINDS[index % KINDS.length] ?? flow.pick()]);
        for (let count = 0; count < PAIRS;) {
          const [one, other] = [flow.pick(), flow.pick()];
          if (one.cause === null || other.cause === null || one.what === other.what) continue;
          count += 1;
          await flow.edit([one, other]);
        }
      } finally {
        flow.dispose();
      }
    });
  }

  it('right cause of single edits >= 99 %, none wrong; both of pairs >= 97 %; nothing stale', function () {
    const { singles, named, wrong, pairs, bothNamed, needless, stale } = tally;
    console.log(
      `      ${String(named)} of ${String(singles)} single causes named, ${String(bothNamed)} of ${String(pairs)} pairs, ${String(needless.length)} needless`,
    );
    assert.deepEqual(stale, []);
    assert.deepEqual(wrong, []);
    assert.deepEqual(needless, []);
    assert.ok(named >= singles * 0.99, `${String(named)} of ${String(singles)}`);
    assert.ok(bothNamed >= pairs * 0.97, `${String(bothNamed)} of ${String(pairs)}`);
  });
});
