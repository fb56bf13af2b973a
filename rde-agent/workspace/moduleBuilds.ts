import type { FileIndex } from '../builder/fileIndex.ts';
import { type BuildResult, type BuildStages, type BuildTarget, PythonBuilder } from '../builder/pythonArtifact.ts';
import type { Diagnostic } from '../../language/model/diagnostic.ts';
import type { TypeScriptBuilder } from '../builder/typescript/typescriptBuilder.ts';
import type { BuiltModule } from '../protocol/documents.ts';
import { type BuildState, NOT_BUILT } from './views.ts';
import { toTextMap, type WorkspaceFolder } from './workspaceFolder.ts';

const NO_STAGES: BuildStages = { detect: 0, hash: 0, pack: 0 };
const REMEMBERED = 'builds';
/** milliseconds */
const SAVE_DELAY = 1000;

/**
 * Builds of one workspace. A save builds ahead of every question, so what an answer calls `rebuilt` is measured against the last answer
 * (also of an earlier life of the agent), with the times of the build that really made it.
 */
export class ModuleBuilds {
  readonly #index: FileIndex;
  readonly #builder: PythonBuilder;
  readonly #typescript: TypeScriptBuilder;
  readonly #folder: WorkspaceFolder;
  readonly #states = new Map<string, BuildState>();
  readonly #stages = new Map<string, BuildStages>();
  /** target → seconds that the index took to see its last change */
  readonly #detected = new Map<string, number>();
  readonly #reported: Map<string, string>;
  #isSaved = true;
  #saving: NodeJS.Timeout | undefined;
  #revision = 0;

  constructor(index: FileIndex, folder: WorkspaceFolder, typescript: TypeScriptBuilder) {
    this.#index = index;
    this.#builder = new PythonBuilder(index.counters);
    this.#typescript = typescript;
    this.#folder = folder;
    this.#reported = toTextMap(folder.read(REMEMBERED));
  }

  /** A change that belongs to this target was seen; `seconds` = how long the index took to look. */
  noteDetection(target: BuildTarget, seconds: number): void {
    this.#detected.set(toKey(target), seconds);
  }

  /** Bundles the modules of these that have changed; `build` of others never waits. */
  prepare(typescript: readonly BuildTarget[]): Promise<void> {
    return this.#typescript.prepare(typescript);
  }

  /** Findings of the last builds. */
  diagnostics(typescript: readonly BuildTarget[]): readonly Diagnostic[] {
    return this.#typescript.diagnostics(typescript);
  }

  /** Changes with every artifact and every failure: while it is the same, so are all answers. */
  get revision(): number {
    return this.#revision;
  }

  build(target: BuildTarget): BuildResult {
    const key = toKey(target);
    const result = this.#buildNow(target, key);
    if (result.kind === 'failed') {
      const artifact = result.last?.digest ?? null;
      this.#revision += 1;
      this.#states.set(key, { artifact, build: { state: 'failed', seconds: 0, message: result.error.message } });
    } else if (result.rebuilt || this.#states.get(key)?.build.state !== 'built') {
      this.#revision += 1;
      this.#detected.delete(key);
      this.#stages.set(key, result.stages);
      this.#states.set(key, {
        artifact: result.artifact.digest,
        build: { state: 'built', seconds: toSeconds(result.stages), message: '' },
      });
    }
    return result;
  }

  #buildNow(target: BuildTarget, key: string): BuildResult {
    const detect = this.#detected.get(key) ?? 0;
    if (target.kind !== 'module' || target.language === undefined)
      return this.#builder.build(target, this.#index.folder(target.folder), detect);
    const result = this.#typescript.build(target);
    return result.kind === 'built' && result.rebuilt ? { ...result, stages: { ...result.stages, detect } } : result;
  }

  state(target: BuildTarget): BuildState {
    return this.#states.get(toKey(target)) ?? NOT_BUILT;
  }

  /** Builds and answers for the build document. Throws CairnError `build-failed`. */
  report(target: BuildTarget): BuiltModule {
    const result = this.build(target);
    if (result.kind === 'failed') throw result.error;
    const { artifact } = result;
    const key = toKey(target);
    const rebuilt = this.#reported.get(key) !== artifact.digest;
    const stages = rebuilt ? (this.#stages.get(key) ?? NO_STAGES) : NO_STAGES;
    if (rebuilt) this.#isSaved = false;
    this.#reported.set(key, artifact.digest);
    return {
      module: target.name,
      artifact: artifact.digest,
      rebuilt,
      files: artifact.manifest.files.length,
      bytes: artifact.size,
      stages: { ...stages },
      seconds: toSeconds(stages),
    };
  }

  /** Remembers what has been reported, a little later: a save's build waits for no disk. Lost in a crash, it is said once more. */
  saveLater(): void {
    if (!this.#isSaved) this.#saving ??= setTimeout(() => this.save(), SAVE_DELAY).unref();
  }

  save(): void {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    if (this.#isSaved) return;
    this.#isSaved = true;
    this.#folder.write(REMEMBERED, Object.fromEntries(this.#reported));
  }
}

function toKey(target: BuildTarget): string {
  return `${target.kind}:${target.name}`;
}

function toSeconds(stages: BuildStages): number {
  return stages.detect + stages.hash + stages.pack;
}
