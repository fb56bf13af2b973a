import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { Analyzer } from '../../rde-agent/analysis/analyzer.ts';
import { createAnalyzer } from '../../rde-agent/analysis/createAnalyzer.ts';
import { toProbeVariables } from '../../rde-agent/runtimes/process/environment/variables.ts';
import { ProbeCache } from '../../rde-agent/runtimes/process/python/probeCache.ts';
import { PythonFinder } from '../../rde-agent/runtimes/process/python/pythonFinder.ts';
import { toProcessOptions } from '../support/runtimeProcess.ts';
import { createTempFolder, removeFolder } from '../support/tempFolder.ts';
import { Judge } from './judge.ts';
import { OracleRuntime } from './oracleRuntime.ts';

/** A runtime for each version of Python that is here, and the rules. */
export class Machines {
  readonly runtimes: readonly OracleRuntime[];
  readonly judge: Judge;
  readonly #analyzer: Analyzer;
  readonly #folder: string;

  private constructor(runtimes: readonly OracleRuntime[], folder: string) {
    this.runtimes = runtimes;
    this.#folder = folder;
    const pythons = new PythonFinder(process.env, new ProbeCache(undefined, toProbeVariables(process.env)), toProcessOptions('').clock);
    const findPython = async (minor: string): Promise<string> => (await pythons.find(minor)).executable;
    this.#analyzer = createAnalyzer({ findPython, folder });
    this.judge = new Judge(this.#analyzer);
  }

  static async start(versions: readonly string[]): Promise<Machines> {
    const folder = path.join(createTempFolder(), 'analysis');
    mkdirSync(folder);
    const runtimes = await Promise.all(versions.map((version) => OracleRuntime.start(version)));
    return new Machines(
      runtimes.filter((runtime) => runtime !== undefined),
      folder,
    );
  }

  async dispose(): Promise<void> {
    await Promise.all([this.#analyzer.dispose(), ...this.runtimes.map((runtime) => runtime.dispose())]);
    removeFolder(path.dirname(this.#folder));
  }
}
