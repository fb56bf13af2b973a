import { mkdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import type { PinnedEnvironment } from '../../rde-agent/protocol/pinned.ts';
import type { TaskContext } from '../../rde-agent/protocol/runner.ts';
import type { Trace } from '../../rde-agent/protocol/trace.ts';
import { createProcessRuntime } from '../../rde-agent/runtimes/process/processRuntime.ts';
import type { LaunchRequest, Outcome, Runtime } from '../../rde-agent/runtimes/runtime.ts';
import { EMPTY_ENVIRONMENT } from '../../language/model/environment.ts';
import { RecordingObserver } from '../support/runtimeHarness.ts';
import { toProcessOptions } from '../support/runtimeProcess.ts';
import { createTempFolder, removeFolder } from '../support/tempFolder.ts';
import type { Tree } from './tree.ts';

/** What one execution gave, and what it ran and looked at. */
export interface Execution {
  /** equal text = equal result: the output's bytes, or how it failed */
  readonly result: string;
  readonly succeeded: boolean;
  readonly trace: Trace | undefined;
  /** why there is no trace of a success */
  readonly untraced: string | undefined;
}

export interface Given {
  readonly function: string;
  readonly file: string;
  readonly params: TaskContext['params'];
  readonly variables: { readonly [name: string]: string };
}

/** The real runner on one version of Python: each execution is a fork of a warm parent, with its trace on. */
export class OracleRuntime {
  readonly python: string;
  readonly folder: string;
  readonly #runtime: Runtime;
  readonly #environment: PinnedEnvironment;
  #count = 0;

  private constructor(python: string, folder: string, runtime: Runtime, environment: PinnedEnvironment) {
    this.python = python;
    this.folder = folder;
    this.#runtime = runtime;
    this.#environment = environment;
  }

  /** `undefined` = there is no such Python here. */
  static async start(python: string): Promise<OracleRuntime | undefined> {
    const folder = createTempFolder();
    const runtime = createProcessRuntime(toProcessOptions(makeFolder(path.join(folder, 'state'))));
    const environment = await runtime.pin({ ...EMPTY_ENVIRONMENT, python }, null).catch(() => undefined);
    if (environment === undefined) {
      await runtime.dispose();
      removeFolder(folder);
      return undefined;
    }
    await runtime.prepare(environment, null, () => undefined, AbortSignal.timeout(120_000));
    await runtime.warm(environment, []);
    return new OracleRuntime(python, folder, runtime, environment);
  }

  /** Code objects of all its files by digest, for every execution after this: only what is edited is compiled again. */
  compile(tree: Tree): void {
    const files = Object.entries(tree.files).filter(([file]) => file.endsWith('.py'));
    this.#runtime.compile(
      this.#environment,
      files.map(([file, digest]) => ({ path: path.join(tree.root, file), digest })),
    );
  }

  /** `limit` in milliseconds: an edit can make a loop endless. */
  async run(tree: Tree, given: Given, limit = 20_000): Promise<Execution> {
    const name = `task${String(++this.#count)}`;
    const scratch = makeFolder(path.join(this.folder, 'scratch', name));
    const outputDir = makeFolder(path.join(this.folder, 'outputs', name));
    try {
      const request: LaunchRequest = {
        environment: this.#environment,
        context: { ...toContext(name, tree, given), scratch, outputDir },
        preload: [],
        reuse: 'fork',
        observer: new RecordingObserver(),
      };
      return toExecution(await this.#runtime.launch(request, AbortSignal.timeout(limit)));
    } finally {
      for (const folder of [scratch, outputDir]) rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    }
  }

  async dispose(): Promise<void> {
    await this.#runtime.dispose();
    removeFolder(this.folder);
  }
}

function makeFolder(folder: string): string {
  mkdirSync(folder, { recursive: true });
  return folder;
}

function toContext(
  task: string,
  tree: Tree,
  { file, function: name, params, variables }: Given,
): Omit<TaskContext, 'scratch' | 'outputDir'> {
  return {
    run: 'run-1',
    task,
    attempt: 1,
    module: 'oracle/case',
    root: tree.root,
    entry: { file, function: name },
    code: Object.fromEntries(Object.entries(tree.files).filter(([path]) => path.endsWith('.py'))),
    inputs: [],
    params,
    outputs: [{ name: 'result', type: { kind: 'json' } }],
    seed: null,
    nominalTime: null,
    variables,
    threads: 1,
    memory: null,
    inlineBytes: 1_048_576,
    trace: true,
  };
}

function toExecution(outcome: Outcome): Execution {
  if (outcome.kind === 'succeeded') {
    const result = Buffer.from(outcome.outputs[0]?.data ?? '', 'base64').toString('utf8');
    return { result, succeeded: true, trace: outcome.trace, untraced: outcome.untraced };
  }
  const said = outcome.kind === 'failed' ? `${outcome.error.code}: ${outcome.error.message}` : outcome.kind;
  return { result: said, succeeded: false, trace: undefined, untraced: undefined };
}
