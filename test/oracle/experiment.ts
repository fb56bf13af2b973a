import path from 'node:path';
import { toChange, toRan, type Edit, type Mutator } from './edits.ts';
import { toMoment, type Judge, type Moment } from './judge.ts';
import type { Execution, Given, OracleRuntime } from './oracleRuntime.ts';
import type { DrivenPackage } from './sources.ts';
import { Tree, type Change } from './tree.ts';
import type { Trial } from './trials.ts';

/** An edit is tried with so many functions of its program, in turn. */
const FUNCTIONS = 2;

/** A function of a program as it was run before any edit. */
interface Baseline {
  readonly given: Given;
  readonly moment: Moment;
  readonly execution: Execution;
}

/** A program on one version of Python, run once for each of its functions. */
export class Experiment {
  readonly program: DrivenPackage;
  readonly tree: Tree;
  readonly #runtime: OracleRuntime;
  readonly #judge: Judge;
  readonly #baselines: readonly Baseline[];
  #next = 0;

  private constructor(program: DrivenPackage, tree: Tree, runtime: OracleRuntime, judge: Judge, baselines: readonly Baseline[]) {
    this.program = program;
    this.tree = tree;
    this.#runtime = runtime;
    this.#judge = judge;
    this.#baselines = baselines;
  }

  /** Every function has to succeed, else nothing is learnt from it. */
  static async begin(program: DrivenPackage, runtime: OracleRuntime, judge: Judge): Promise<Experiment> {
    const tree = new Tree(path.join(runtime.folder, 'trees', program.name), program.files);
    judge.remember(tree);
    runtime.compile(tree);
    const baselines: Baseline[] = [];
    for (const name of program.functions) {
      const given: Given = { file: program.entry, function: name, params: {}, variables: {} };
      const execution = await runtime.run(tree, given);
      if (!execution.succeeded) throw new Error(`${program.name}.${name} fails on ${runtime.python} as it is: ${execution.result}`);
      baselines.push({ given, moment: toMoment(tree, given), execution });
    }
    return new Experiment(program, tree, runtime, judge, baselines);
  }

  get executions(): readonly Execution[] {
    return this.#baselines.map(({ execution }) => execution);
  }

  /** Edits that a seed chooses, half of them where something ran. */
  choose(mutator: Mutator, seed: string, count: number): Promise<Edit[]> {
    const seeds = [seed, this.program.name, this.#runtime.python];
    return mutator.choose(seeds, count, toPython(this.program), toRan(this.executions.map(({ trace }) => trace)));
  }

  /** Some functions of the program with one edit. */
  async try(edit: Edit): Promise<Trial[]> {
    const trials: Trial[] = [];
    for (let turn = 0; turn < Math.min(FUNCTIONS, this.#baselines.length); turn++) {
      const baseline = this.#baselines[this.#next++ % this.#baselines.length];
      if (baseline !== undefined) trials.push(await this.#tryOn(baseline, edit, toChange(edit)));
    }
    return trials;
  }

  /**
   * Every function that one execution did not enter fails from now on; files whose edit alone makes the rules re-run are put back until
   * they reuse, or nothing is left to break.
   */
  async breakUnrun(mutator: Mutator): Promise<(Trial & { readonly files: number })[]> {
    const trials = [];
    for (const baseline of this.#baselines) {
      const edits = await mutator.breakUnrun(toPython(this.program), toRan([baseline.execution.trace]));
      const broken = await this.#keepReused(baseline, edits);
      const change = Object.assign({}, ...broken.map(toChange)) as Change;
      const edit = { kind: 'unreached', file: '*', label: `${String(broken.length)} of ${String(edits.length)} files`, reached: false };
      trials.push({ ...(await this.#tryOn(baseline, edit, change)), files: broken.length });
    }
    return trials;
  }

  async #keepReused(baseline: Baseline, edits: readonly Edit[]): Promise<Edit[]> {
    const kept: Edit[] = [];
    for (const edit of edits) if ((await this.#judgeChange(baseline, toChange(edit))).kind === 'same') kept.push(edit);
    return kept;
  }

  async #judgeChange({ given, moment, execution }: Baseline, change: Change): Promise<Trial['verdict']> {
    const back = this.tree.change(change);
    try {
      this.#judge.remember(this.tree);
      return await this.#judge.verdict(moment, execution, toMoment(this.tree, given));
    } finally {
      this.tree.change(back);
    }
  }

  async #tryOn(baseline: Baseline, edit: Trial['edit'], change: Change): Promise<Trial> {
    const { given, execution: before } = baseline;
    const verdict = await this.#judgeChange(baseline, change);
    const back = this.tree.change(change);
    try {
      const soon = await this.#runtime.run(this.tree, given);
      // On a busy machine it may only have been slow.
      const after = soon.result === 'cancelled' && verdict.kind === 'same' ? await this.#runtime.run(this.tree, given, 240_000) : soon;
      return { program: this.program.name, function: given.function, python: this.#runtime.python, edit, before, verdict, after };
    } finally {
      this.tree.change(back);
    }
  }
}

function toPython({ files }: DrivenPackage): DrivenPackage['files'] {
  return Object.fromEntries(Object.entries(files).filter(([file]) => file.endsWith('.py')));
}
