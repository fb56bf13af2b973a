import type { BuildContext, BuildResult as Bundle, Metafile } from 'esbuild';
import type { Diagnostic } from '../../../language/model/diagnostic.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { FileIndex } from '../fileIndex.ts';
import { joinPath } from '../folderNode.ts';
import { type Artifact, type BuildResult, type BuildTarget, type BuildStages } from '../pythonArtifact.ts';
import { type BuildStamp, isCurrent, toBuildStamp, toIdentity } from './buildStamp.ts';
import { toBundleArtifact } from './bundleArtifact.ts';
import type { Bundler } from './bundler.ts';
import { toBundleOptions } from './bundleOptions.ts';
import { createDiagnostic, toBuildDiagnostics, toBuildErrors } from './bundleProblems.ts';
import { findInputProblem, listOutsideInputs } from './bundleInputs.ts';
import { DirtyTargets } from './dirtyTargets.ts';
import { InstallStamps } from './installStamps.ts';

export interface TypeScriptBuilderOptions {
  /** absolute, real path */
  readonly root: string;
  readonly index: FileIndex;
  /** called at the first TypeScript module */
  readonly load: () => Promise<Bundler>;
}

type Bundled = Bundle<ReturnType<typeof toBundleOptions>>;

interface BuiltModule {
  readonly stamp: BuildStamp;
  /** files outside of the module and its libraries that are in the bundle, or that its errors are in */
  readonly inputs: readonly string[];
  /** of the last build that succeeded */
  readonly artifact: Artifact | undefined;
  readonly error: CairnError | undefined;
  readonly diagnostics: readonly Diagnostic[];
  readonly stages: BuildStages;
  /** nobody has been told of this artifact */
  isNew: boolean;
}

/** Contexts that keep their parsed files for the next edit; the one unused for longest goes. */
const CONTEXTS = 48;
const PARALLEL = 4;
const NO_STAGES: BuildStages = { detect: 0, hash: 0, pack: 0 };

/**
 * The resident builder of TypeScript modules: one context of esbuild for each module that is edited, so the time of a rebuild depends on
 * that module alone. `prepare` bundles what has changed; `build` then answers at once. A failing build keeps the last good artifact.
 */
export class TypeScriptBuilder {
  readonly #options: TypeScriptBuilderOptions;
  readonly #built = new Map<string, BuiltModule>();
  readonly #contexts = new Map<string, { readonly text: string; readonly context: BuildContext<ReturnType<typeof toBundleOptions>> }>();
  readonly #dirty: DirtyTargets;
  #bundler: Promise<Bundler> | undefined;
  #tail: Promise<unknown> = Promise.resolve();
  /** what the disk says within one turn: many modules are asked about at once */
  #moment: InstallStamps | undefined;

  constructor(options: TypeScriptBuilderOptions) {
    this.#options = options;
    this.#dirty = new DirtyTargets(options.index);
  }

  /** Brings these modules up to date with the index. What is wrong with one is told by `build`. */
  prepare(targets: readonly BuildTarget[]): Promise<void> {
    if (targets.length === 0) return Promise.resolve();
    const preparing = this.#tail.then(() => this.#prepareAll(targets));
    // A failure belongs to who asked.
    this.#tail = preparing.catch(() => undefined);
    return preparing;
  }

  /** The artifact of the files as the index has them; `conflict` for a module that has changed since `prepare`. */
  build(target: BuildTarget): BuildResult {
    const built = this.#built.get(target.name);
    if (built === undefined || !this.#isCurrent(built, target, this.#now())) {
      const error = new CairnError('conflict', `${target.name} changed while it was built`, { next: 'Try again.' });
      return { kind: 'failed', error, last: built?.artifact };
    }
    if (built.error !== undefined || built.artifact === undefined) {
      const error = built.error ?? new CairnError('build-failed', `${target.name} could not be built`);
      return { kind: 'failed', error, last: built.artifact };
    }
    const rebuilt = built.isNew;
    built.isNew = false;
    return { kind: 'built', artifact: built.artifact, rebuilt, stages: rebuilt ? built.stages : NO_STAGES };
  }

  /** Errors of the last builds of these modules. */
  diagnostics(targets: readonly BuildTarget[]): readonly Diagnostic[] {
    return targets.flatMap((target) => this.#built.get(target.name)?.diagnostics ?? []);
  }

  /** Ends esbuild's contexts; its process ends with the last of them. */
  async dispose(): Promise<void> {
    await this.#tail;
    await Promise.all([...this.#contexts.values()].map(({ context }) => context.dispose()));
    this.#contexts.clear();
  }

  async #prepareAll(targets: readonly BuildTarget[]): Promise<void> {
    const { index } = this.#options;
    const installs = new InstallStamps(index);
    const { position } = index.journal;
    const candidates = this.#dirty.find(targets, installs);
    const waiting = candidates.filter((target) => {
      const built = this.#built.get(target.name);
      return built === undefined || !this.#isCurrent(built, target, installs);
    });
    const work = async (): Promise<void> => {
      for (let target = waiting.pop(); target !== undefined; target = waiting.pop()) await this.#buildOne(target, installs);
    };
    try {
      await Promise.all(Array.from({ length: Math.min(PARALLEL, waiting.length) }, work));
    } catch (error) {
      this.#dirty.forget();
      throw error;
    }
    this.#dirty.settle(
      targets,
      candidates.flatMap((target) => this.#listMade(target)),
      position,
      installs,
    );
  }

  #listMade(
    target: BuildTarget,
  ): readonly { readonly target: BuildTarget; readonly stamp: BuildStamp; readonly inputs: readonly string[] }[] {
    const built = this.#built.get(target.name);
    return built === undefined ? [] : [{ target, stamp: built.stamp, inputs: built.inputs }];
  }

  #now(): InstallStamps {
    if (this.#moment === undefined) queueMicrotask(() => (this.#moment = undefined));
    this.#moment ??= new InstallStamps(this.#options.index);
    return this.#moment;
  }

  #isCurrent({ stamp, inputs }: BuiltModule, target: BuildTarget, installs: InstallStamps): boolean {
    return isCurrent(stamp, target, inputs, this.#options.index, installs);
  }

  async #buildOne(target: BuildTarget, installs: InstallStamps): Promise<void> {
    const before = this.#built.get(target.name);
    const started = performance.now();
    // Before the files are read: what changes from now on is seen by the next stamp.
    const now = toBuildStamp(target, [], this.#options.index, installs);
    const stampOf = (inputs: readonly string[]): BuildStamp => ({
      ...now,
      inputs: toBuildStamp(target, inputs, this.#options.index, installs).inputs,
    });
    try {
      const bundle = await this.#bundle(target);
      const read = performance.now();
      this.#refuse(target, bundle.metafile);
      const artifact = toBundleArtifact(target, bundle.outputFiles);
      const inputs = listOutsideInputs(target, bundle.metafile);
      const stages = { detect: 0, hash: (read - started) / 1000, pack: (performance.now() - read) / 1000 };
      const isNew = before?.artifact?.digest !== artifact.digest;
      this.#built.set(target.name, { stamp: stampOf(inputs), inputs, artifact, error: undefined, diagnostics: [], stages, isNew });
    } catch (thrown) {
      this.#built.set(target.name, this.#toFailed(target, thrown, before, stampOf));
    }
  }

  #toFailed(
    target: BuildTarget,
    thrown: unknown,
    before: BuiltModule | undefined,
    stampOf: (inputs: readonly string[]) => BuildStamp,
  ): BuiltModule {
    const entry = joinPath(target.folder, target.entry?.file ?? '');
    const diagnostics = thrown instanceof BundleProblem ? thrown.diagnostics : toBuildDiagnostics(toBuildErrors(thrown) ?? [], entry);
    if (diagnostics.length === 0 && !(thrown instanceof CairnError)) throw thrown;
    const files = diagnostics.map(({ file }) => file).filter((file) => !file.startsWith(`${target.folder}/`));
    const inputs = [...new Set([...(before?.inputs ?? []), ...files])].sort();
    return {
      stamp: stampOf(inputs),
      inputs,
      artifact: before?.artifact,
      error: thrown instanceof CairnError ? thrown : toBuildError(target, diagnostics),
      diagnostics: thrown instanceof CairnError ? [createDiagnostic(entry, thrown.message, 1, 1, 1)] : diagnostics,
      stages: NO_STAGES,
      isNew: false,
    };
  }

  /** The first bundle of a module needs no context: most modules are never edited while an agent lives. */
  async #bundle(target: BuildTarget): Promise<Bundled> {
    if (target.problems !== undefined && target.problems.length > 0) throw new BundleProblem(target.problems);
    this.#bundler ??= this.#options.load();
    const bundler = await this.#bundler.catch((error: unknown) => {
      this.#bundler = undefined;
      throw error;
    });
    const options = toBundleOptions(this.#options.root, target);
    if (!this.#built.has(target.name)) return bundler.build(options);
    return (await this.#openContext(bundler, target, options)).rebuild();
  }

  async #openContext(
    bundler: Bundler,
    target: BuildTarget,
    options: ReturnType<typeof toBundleOptions>,
  ): Promise<BuildContext<ReturnType<typeof toBundleOptions>>> {
    const text = toIdentity(target);
    const known = this.#contexts.get(target.name);
    this.#contexts.delete(target.name);
    if (known?.text === text) {
      this.#contexts.set(target.name, known);
      return known.context;
    }
    await known?.context.dispose();
    const [oldest] = this.#contexts;
    if (oldest !== undefined && this.#contexts.size >= CONTEXTS) {
      this.#contexts.delete(oldest[0]);
      await oldest[1].context.dispose();
    }
    const context = await bundler.context(options);
    this.#contexts.set(target.name, { text, context });
    return context;
  }

  /** What a bundle may be made of, and the function that the contract names. */
  #refuse(target: BuildTarget, metafile: Metafile): void {
    const problem = findInputProblem(metafile, this.#options.index);
    if (problem !== undefined)
      throw new BundleProblem([createDiagnostic(joinPath(target.folder, target.entry?.file ?? ''), problem, 1, 1, 1)]);
    const exported = Object.values(metafile.outputs).flatMap((output) => output.exports);
    const { file = '', function: name = '' } = target.entry ?? {};
    if (exported.includes(name)) return;
    const there = exported.length === 0 ? 'nothing' : exported.join(', ');
    throw new BundleProblem([
      createDiagnostic(joinPath(target.folder, file), `${file} must export the function ${name}; it exports ${there}`, 1, 1, 1),
    ]);
  }
}

/** Errors of a bundle that esbuild itself does not see. */
class BundleProblem extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super('the bundle is refused');
    this.diagnostics = diagnostics;
  }
}

function toBuildError(target: BuildTarget, diagnostics: readonly Diagnostic[]): CairnError {
  const lines = diagnostics.map(({ file, range, message }) => `${file}:${range.start.line}:${range.start.column}: ${message}`);
  return new CairnError('build-failed', `${target.name} can't be bundled:\n${lines.join('\n')}`);
}
