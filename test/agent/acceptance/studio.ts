import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogLine, PlanDocument, RunDocument, RunStepDocument } from '../../../rde-agent/protocol/documents.ts';
import { listProcessesOf } from '../../support/agent.ts';
import { runCairn, type CliResult } from '../../support/cli.ts';
import { waitFor } from '../../support/waitFor.ts';
import { createTempFolder, removeFolder, writeFiles } from '../../support/tempFolder.ts';

const MANIFEST =
  'workspace: studio\nmodules: [modules/**]\nworkflows: [workflows/**]\nenvironments: [environments/**]\ndatasets: [datasets/**]\n';

/** A state folder with its agent, started by the first command that needs it. */
export class Home {
  readonly stateFolder = realpathSync(mkdtempSync(join(tmpdir(), 'cairn-home-')));

  /** Ends the agent; fails when it left a process behind. */
  async dispose(): Promise<void> {
    await runCairn(['agent', 'stop'], { cwd: this.stateFolder, stateFolder: this.stateFolder });
    // What ends with the agent (esbuild sees the end of its input) may take a moment on a busy machine.
    await waitFor('no process is left', () => listProcessesOf(this.stateFolder).length === 0);
    rmSync(this.stateFolder, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** A workspace as a user has it: files, and the command line that ships. */
export class Studio {
  readonly root: string;
  readonly home: Home;

  constructor(home: Home, files: { readonly [path: string]: string } = {}) {
    this.home = home;
    this.root = createTempFolder({ 'cairn.yaml': MANIFEST, ...files });
  }

  write(files: { readonly [path: string]: string }): void {
    writeFiles(this.root, files);
  }

  remove(path: string): void {
    rmSync(join(this.root, path), { recursive: true });
  }

  cairn(argv: readonly string[], env: { readonly [name: string]: string } = {}): Promise<CliResult> {
    return runCairn(argv, { cwd: this.root, stateFolder: this.home.stateFolder, env });
  }

  /** The last line of `cairn run --json`, whatever came of the run. */
  async run(...argv: readonly string[]): Promise<RunDocument> {
    const { out, err } = await this.cairn(['run', ...argv, '--json']);
    const last = out.trimEnd().split('\n').at(-1) ?? '';
    assert.notEqual(last, '', err);
    return JSON.parse(last) as RunDocument;
  }

  async plan(...argv: readonly string[]): Promise<PlanDocument> {
    const { code, out, err } = await this.cairn(['plan', ...argv, '--json']);
    assert.equal(code, 0, err);
    return JSON.parse(out) as PlanDocument;
  }

  /** What the tasks of a step have written, line by line. */
  async logs(run: string, step: string): Promise<readonly string[]> {
    const { out } = await this.cairn(['logs', run, step, '--json']);
    return out
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => (JSON.parse(line) as LogLine).text);
  }

  dispose(): void {
    removeFolder(this.root);
  }
}

export interface SmallModule {
  readonly code: string;
  readonly inputs?: string;
  readonly params?: string;
  readonly outputs?: string;
  /** further lines of module.yaml */
  readonly more?: string;
}

/** The two files of a module whose entry is `main.py:run`; ports and parameters in YAML flow style. */
export function toModule(
  name: string,
  { code, inputs = '{}', params = '{}', outputs = '{ out: json }', more = '' }: SmallModule,
): { readonly [path: string]: string } {
  const contract = `module: ${name}\nkind: data\nentry: main.py:run\ninputs: ${inputs}\nparams: ${params}\noutputs: ${outputs}\n${more}`;
  return { [`modules/${name}/module.yaml`]: contract, [`modules/${name}/main.py`]: code };
}

/** `a: executed`, `b: reused`, `c: skipped`: what became of each step, in order. */
export function toOutcomes({ steps }: RunDocument): { readonly [step: string]: string } {
  return Object.fromEntries(steps.map((step) => [step.step, step.state === 'succeeded' ? (step.decision ?? '') : step.state]));
}

export function findStep(document: RunDocument, name: string): RunStepDocument {
  const step = document.steps.find((candidate) => candidate.step === name);
  assert.ok(step !== undefined, `${name} is not among ${document.steps.map((one) => one.step).join(', ')}`);
  return step;
}

/** Kinds and names of the reasons of a step, such as `param:size` or `code`. */
export function toReasons(document: RunDocument, step: string): readonly string[] {
  return findStep(document, step).reasons.map(({ kind, name }) => (name === undefined ? kind : `${kind}:${name}`));
}
