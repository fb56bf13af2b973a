import type { Digest } from '../../language/model/names.ts';
import type { Analyzer, Source } from './analyzer.ts';
import { AnalyzerProcess, type Answer } from './analyzerProcess.ts';
import { ANALYSIS_RULES } from './rules.ts';
import type { Analysed, Skeleton } from './skeleton.ts';
import { SkeletonFiles } from './skeletonFiles.ts';

export interface AnalyzerOptions {
  /** An executable of this minor version (`3.13`). Rejects with `python-missing`. */
  readonly findPython: (minor: string) => Promise<string>;
  /** what is analysed is remembered here, across restarts */
  readonly folder: string;
  /** folder of the Python program; default: beside this file */
  readonly program?: string;
  /** seconds that one source may take; default 60 */
  readonly seconds?: number;
}

const SECONDS = 60;
/** skeletons in memory */
const KEPT = 8192;
/** sources in work at a time */
const AT_ONCE = 64;

/** An analyzer on interpreters of this host. Starts nothing before it is asked. */
export function createAnalyzer(options: AnalyzerOptions): Analyzer {
  const analyzer = new ProcessAnalyzer(options);
  return {
    known: (python, digest) => analyzer.known(python, digest),
    ensure: (python, sources) => analyzer.ensure(python, sources),
    dispose: () => analyzer.dispose(),
  };
}

class ProcessAnalyzer {
  readonly #options: AnalyzerOptions;
  readonly #files: SkeletonFiles;
  /** by minor version and digest, those of longest ago first */
  readonly #known = new Map<string, Skeleton>();
  /** keys of those whose source was not here or that an interpreter died of: tried again when they are asked for again */
  readonly #doubtful = new Set<string>();
  readonly #learning = new Map<string, Promise<Skeleton>>();
  readonly #processes = new Map<string, Promise<AnalyzerProcess>>();
  #isDisposed = false;

  constructor(options: AnalyzerOptions) {
    this.#options = options;
    this.#files = new SkeletonFiles(options.folder);
  }

  known(python: string, digest: Digest): Skeleton | undefined {
    return this.#known.get(toKey(python, digest));
  }

  async ensure(python: string, sources: readonly Source[]): Promise<void> {
    const waiting = [...new Map(sources.map((source) => [source.digest, source])).values()];
    const kept = Math.max(KEPT, 2 * waiting.length);
    const work = async (): Promise<void> => {
      for (let source = waiting.pop(); source !== undefined; source = waiting.pop()) {
        const key = toKey(python, source.digest);
        const known = this.#doubtful.has(key) ? undefined : this.#known.get(key);
        this.#keep(key, known ?? (await this.#learn(key, python, source)), kept);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, work));
  }

  async dispose(): Promise<void> {
    this.#isDisposed = true;
    for (const started of this.#processes.values()) {
      const process = await started.catch(() => undefined);
      await process?.dispose();
    }
    await this.#files.settled();
  }

  #keep(key: string, skeleton: Skeleton, kept: number): void {
    this.#known.delete(key);
    this.#known.set(key, skeleton);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= kept) return;
      this.#known.delete(oldest);
    }
  }

  #learn(key: string, python: string, source: Source): Promise<Skeleton> {
    let learning = this.#learning.get(key);
    if (learning === undefined) {
      this.#doubtful.delete(key);
      learning = this.#analyse(key, python, source).finally(() => this.#learning.delete(key));
      this.#learning.set(key, learning);
    }
    return learning;
  }

  async #analyse(key: string, python: string, source: Source): Promise<Skeleton> {
    const { digest } = source;
    const remembered = await this.#files.read(python, digest);
    if (remembered !== undefined) return toSkeleton(digest, remembered);
    const bytes = await source.read();
    if (bytes === undefined) return this.#doubt(key, digest, 'its source is not here');
    const answer = await this.#ask(python, bytes);
    // Of what an interpreter died nothing is remembered: memory may have been short.
    if (answer === 'died') return this.#doubt(key, digest, 'an interpreter died of analysing it');
    await this.#files.write(python, digest, answer);
    return toSkeleton(digest, answer);
  }

  /** An interpreter that does not start is looked for again next time: it may have been updated, or moved. */
  async #ask(python: string, bytes: Uint8Array): Promise<Answer> {
    const process = this.#process(python);
    try {
      return await (await process).analyse(bytes);
    } catch (error) {
      if (this.#processes.get(python) === process && !this.#isDisposed) this.#processes.delete(python);
      throw error;
    }
  }

  #doubt(key: string, digest: Digest, message: string): Skeleton {
    this.#doubtful.add(key);
    return toSkeleton(digest, { parses: false, error: { message, line: 1 } });
  }

  #process(python: string): Promise<AnalyzerProcess> {
    let process = this.#processes.get(python);
    if (process === undefined) this.#processes.set(python, (process = this.#start(python)));
    return process;
  }

  async #start(minor: string): Promise<AnalyzerProcess> {
    const python = await this.#options.findPython(minor);
    const program = this.#options.program ?? `${import.meta.dirname}/python`;
    const process = new AnalyzerProcess({ python, minor, program, seconds: this.#options.seconds ?? SECONDS });
    if (this.#isDisposed) await process.dispose();
    return process;
  }
}

function toKey(python: string, digest: Digest): string {
  return `${python} ${digest}`;
}

function toSkeleton(source: Digest, analysed: Analysed): Skeleton {
  return { rules: ANALYSIS_RULES, source, ...analysed };
}
