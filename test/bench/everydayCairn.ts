import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { z } from 'zod';
import { uvEnvironment } from '../../tools/setup/environment.mjs';
import { endProcessesOf } from '../support/agent.ts';
import { runCairn } from '../support/cli.ts';
import { SmallWorkspace, moduleFiles, type Files } from '../support/smallWorkspace.ts';
import { BASE, type EverydayEdit, type Program } from './everydayEdits.ts';
import type { Attempt, Reuser } from './everydayPeers.ts';

const LOCK = 'environments/bench.lock';
const Answer = z.object({
  steps: z.array(
    z.object({
      decision: z.string(),
      reasons: z.array(z.object({ message: z.string() })),
    }),
  ),
});

/** The real command line on an agent of its own; what is reused is its own word. */
export class CairnReuser implements Reuser {
  readonly name = 'Cairn';
  /** what it said of each edit, for people */
  readonly reasons = new Map<string, string>();
  readonly #stateFolder: string;
  readonly #workspace: SmallWorkspace;
  readonly #locks = new Map<string, string>();

  constructor(stateFolder: string) {
    mkdirSync(stateFolder, { recursive: true });
    this.#stateFolder = stateFolder;
    this.#workspace = new SmallWorkspace(this.#toFiles(BASE));
  }

  async editAndRun(edit: EverydayEdit): Promise<Attempt> {
    await this.#run(BASE);
    const { attempt, reason } = await this.#run(edit.apply(BASE));
    this.reasons.set(edit.name, reason);
    return attempt;
  }

  async dispose(): Promise<void> {
    await this.#cairn(['agent', 'stop']);
    await endProcessesOf(this.#stateFolder);
    this.#workspace.dispose();
  }

  async #run(program: Program): Promise<{ readonly attempt: Attempt; readonly reason: string }> {
    this.#workspace.write(this.#toFiles(program));
    const { code, out, err } = await this.#cairn(['run', 'bench/flow', '--json', '--no-input']);
    if (code !== 0) throw new Error(`cairn run ended with ${String(code)}: ${err}${out.slice(-1500)}`);
    const [step] = Answer.parse(JSON.parse(out.trim().split('\n').at(-1) ?? '')).steps;
    return { attempt: step?.decision === 'executed' ? 'executed' : 'reused', reason: step?.reasons[0]?.message ?? '' };
  }

  #cairn(argv: readonly string[]): ReturnType<typeof runCairn> {
    return runCairn(argv, { cwd: this.#workspace.root, stateFolder: this.#stateFolder });
  }

  #toFiles({ main, helpers, six, level }: Program): Files {
    return {
      ...moduleFiles('bench/step', { code: main, more: 'environment: bench\n' }),
      'modules/bench/step/helpers.py': helpers,
      'environments/bench.environment.yaml': `environment: bench\nlock: bench.lock\nvariables: { LEVEL: "${level}" }\n`,
      [LOCK]: this.#toLock(six),
      'workflows/flow.workflow.yaml': 'workflow: bench/flow\nsteps:\n  step: { module: bench/step }\noutputs: { out: step.out }\n',
    };
  }

  #toLock(version: string): string {
    const known = this.#locks.get(version);
    if (known !== undefined) return known;
    const args = ['pip', 'compile', '--quiet', '--generate-hashes', '--no-header', '--no-annotate', '-'];
    const lock = execFileSync('uv', args, { input: `six==${version}\n`, encoding: 'utf8', env: uvEnvironment() });
    this.#locks.set(version, lock);
    return lock;
  }
}
