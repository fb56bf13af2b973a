import path from 'node:path';
import type { Logger } from '../protocol/logger.ts';
import { CairnError } from '../protocol/errors.ts';
import type { BuildDocument, CheckDocument } from '../protocol/documents.ts';
import type { Disposable } from '../protocol/roles.ts';
import type { WorkspaceAction, WorkspaceView } from '../protocol/workspaceView.ts';
import type { Diagnostic } from '../../language/model/diagnostic.ts';
import type { ModuleContract } from '../../language/model/module.ts';
import { MANIFEST_FILE } from '../../language/model/workspace.ts';
import type { WorkspaceModel } from '../../language/service/workspaceModel.ts';
import { LiveIndex } from '../builder/liveIndex.ts';
import { joinPath } from '../builder/folderNode.ts';
import type { BuildTarget } from '../builder/pythonArtifact.ts';
import { loadBundler } from '../builder/typescript/bundler.ts';
import { TypeScriptBuilder } from '../builder/typescript/typescriptBuilder.ts';
import { type BuildTargets, toBuildTargets } from './buildTargets.ts';
import { toDiagnosticDocument } from './checkFailure.ts';
import { EnvironmentPins } from './environmentPins.ts';
import { ModuleBuilds } from './moduleBuilds.ts';
import { NOT_BUILT, toModuleView } from './views.ts';
import { toWorkflowViews } from './workflowViews.ts';
import { exportWheel } from './wheels.ts';
import { type BuildRequest, WorkspaceBuild } from './workspaceBuild.ts';
import { type Checked, WorkspaceChecker } from './workspaceChecker.ts';
import { type Foreign, ForeignReleases } from './foreignReleases.ts';
import { WorkspaceFolder } from './workspaceFolder.ts';
import type { BuiltHint, WorkspaceRoleOptions } from './workspaceOptions.ts';
import { WorkspaceState } from './workspaceState.ts';

/** Documents that the index must hold before it answers: path → sha256. */
export type Documents = { readonly [path: string]: string };

/** What the files say now, and what can be built of them. */
export interface Current {
  readonly checked: Checked;
  readonly targets: BuildTargets;
}

/** The same among what others have pushed: `checked` knows what their tags name now, `own` and `targets` only what is here. */
export interface CurrentAmong extends Current {
  readonly own: Checked;
  /** `undefined`: nothing of others is used */
  readonly foreign: Foreign | undefined;
}

/**
 * Milliseconds between a save and the work that nobody waits for (diagnostics, builds ahead, the view): a run that is submitted right
 * after the save goes first.
 */
const SETTLE_DELAY = 25;

/** One open workspace: its files, followed; what they mean; what is built of them. */
export class Workspace {
  readonly root: string;
  readonly live: LiveIndex;
  readonly folder: WorkspaceFolder;
  readonly builds: ModuleBuilds;
  readonly pins: EnvironmentPins;
  readonly #options: WorkspaceRoleOptions;
  readonly #logger: Logger;
  readonly #checker: WorkspaceChecker;
  readonly #typescript: TypeScriptBuilder;
  readonly #build: WorkspaceBuild;
  readonly #foreign: ForeignReleases;
  readonly #state: WorkspaceState;
  readonly #watching: Disposable;
  #targets: { readonly of: WorkspaceModel; readonly targets: BuildTargets } | undefined;
  #tags = new Map<string, { readonly [tag: string]: string }>();
  #settling: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(root: string, options: WorkspaceRoleOptions, onAction: (seq: number, action: WorkspaceAction) => void) {
    this.root = root;
    this.#options = options;
    this.#logger = options.logger.child({ workspace: root });
    this.folder = new WorkspaceFolder(options.stateFolder, root);
    this.live = new LiveIndex({ root, cacheFile: this.folder.statCache, now: () => Date.parse(options.clock.now()), logger: this.#logger });
    const load = options.bundler ?? (() => loadBundler({ from: import.meta.url, wasm: undefined }));
    this.#typescript = new TypeScriptBuilder({ root, index: this.live.index, load });
    this.builds = new ModuleBuilds(this.live.index, this.folder, this.#typescript);
    this.pins = new EnvironmentPins(this.live.index, options.pin);
    this.#build = new WorkspaceBuild({ builds: this.builds, pins: this.pins, prepare: options.prepare, logger: this.#logger });
    this.#foreign = new ForeignReleases(options.runRole);
    this.#checker = new WorkspaceChecker(this.live.index, options.python);
    this.#state = new WorkspaceState(root, null, onAction);
    this.#watching = this.live.onDidChange(({ changed, structural, seconds }) => {
      this.#checker.invalidate(changed, structural);
      for (const path of changed)
        for (const target of this.#targets?.targets.owners(path) ?? []) this.builds.noteDetection(target, seconds);
      this.#settleLater();
    });
  }

  async start(): Promise<void> {
    const started = performance.now();
    await this.live.start();
    const { checked } = await this.#now();
    this.refreshTags(checked.model);
    await this.#settle();
    const seconds = (performance.now() - started) / 1000;
    this.#logger.info('workspace opened', { files: this.live.index.size, watcher: this.live.watcher, seconds });
  }

  view(): { readonly view: WorkspaceView; readonly seq: number } {
    return this.#state.get();
  }

  async check(overlays: { readonly [path: string]: string }): Promise<CheckDocument> {
    await this.live.sync(['']);
    const { checked: saved, targets } = await this.#now();
    if (Object.keys(overlays).length === 0) return { v: 1, diagnostics: saved.diagnostics.map(toDiagnosticDocument) };
    const checked = withDiagnostics(await this.#checker.checkWith(overlays), this.builds.diagnostics(targets.typescript));
    return { v: 1, diagnostics: checked.diagnostics.map(toDiagnosticDocument) };
  }

  /** Findings with some texts in place of files; for proposals that are not written yet. */
  async checkWith(overlays: { readonly [path: string]: string }): Promise<Checked> {
    return this.#checker.checkWith(overlays);
  }

  /**
   * Everything that was written before the call. Named documents are waited for; without them the whole tree is looked at where the
   * watcher can't promise to be complete. Rejects with `conflict` for a document or for a root that has lost everything, and with
   * `no-workspace`.
   */
  async current(documents: Documents): Promise<Current> {
    if (Object.keys(documents).length > 0) await this.live.waitForDocuments(documents);
    else await this.live.sync(['']);
    this.#refuseEmptied();
    return this.#now();
  }

  /** The same, with modules and libraries of others checked as what their tags name now. */
  async currentAmong(documents: Documents): Promise<CurrentAmong> {
    const { checked: saved, targets } = await this.current(documents);
    const foreign = await this.#foreign.find(saved.model);
    if (foreign === undefined) return { checked: saved, own: saved, targets, foreign };
    for (;;) {
      const own = await this.#now();
      // Files that have changed meanwhile are checked as they are now, with the builds of the same moment.
      const among = this.#checker.checkAmong(foreign.files);
      if (among === undefined) continue;
      return { ...own, own: own.checked, checked: withDiagnostics(among, this.builds.diagnostics(own.targets.typescript)), foreign };
    }
  }

  /** Builds the named modules and libraries (all without names). Good ones are built even when others fail. */
  async build(request: BuildRequest, signal: AbortSignal): Promise<BuildDocument> {
    const current = await this.current(request.documents);
    try {
      const { document, isNew } = await this.#build.build({ ...current, tree: this.live.index.tree() }, request, signal);
      if (isNew) this.#settleLater();
      return request.wheels === undefined ? document : await this.#exportWheels(document, request.wheels, current);
    } catch (error) {
      this.#settleLater();
      throw error;
    }
  }

  async #exportWheels(document: BuildDocument, folder: string, { checked, targets }: Current): Promise<BuildDocument> {
    if (!path.isAbsolute(folder)) throw new CairnError('invalid-request', `the folder for wheels must be an absolute path, not ${folder}`);
    const { releases } = this.#options.runRole;
    const foreign = await this.#foreign.find(checked.model);
    const filesOf = releases.files.bind(releases);
    const sources = { index: this.live.index, builds: this.builds, pins: this.pins, model: checked.model, targets, foreign, filesOf };
    const modules: BuildDocument['modules'] = [];
    for (const module of document.modules) {
      const target = targets.modules.get(module.module) ?? targets.libraries.get(module.module);
      modules.push(target === undefined ? module : { ...module, wheel: await exportWheel(target, folder, sources) });
    }
    return { ...document, modules };
  }

  /** Asks the run role for the tags of all modules again. */
  refreshTags(model: WorkspaceModel): void {
    this.#tags = new Map([...model.modules.keys(), ...model.libraries.keys()].map((name) => [name, this.#options.runRole.tags(name)]));
    const pushed = this.#options.runRole.pushedTree(model.manifest.name);
    if (pushed !== undefined) this.#state.pushed(pushed);
    this.#settleLater();
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    clearTimeout(this.#settling);
    this.#watching.dispose();
    this.builds.save();
    await this.#typescript.dispose();
    await this.live.dispose();
  }

  async #now(): Promise<Current> {
    const checked = await this.#checker.check();
    if (this.#targets?.of !== checked.model) this.#targets = { of: checked.model, targets: toBuildTargets(checked.model) };
    const { targets } = this.#targets;
    await this.builds.prepare(targets.typescript);
    return { checked: withDiagnostics(checked, this.builds.diagnostics(targets.typescript)), targets };
  }

  #refuseEmptied(): void {
    const { index } = this.live;
    if (index.size === 0) {
      throw new CairnError(
        'conflict',
        `${this.root} has no files any more: was it moved, emptied or unmounted? Nothing was changed elsewhere.`,
        { next: 'Bring the files back, or close this workspace.' },
      );
    }
    if (!index.has(MANIFEST_FILE)) throw new CairnError('no-workspace', `${this.root} has no ${MANIFEST_FILE}`);
  }

  #settleLater(): void {
    if (this.#disposed || this.#settling !== undefined) return;
    this.#settling = setTimeout(() => {
      this.#settling = undefined;
      this.#settle().catch((error: unknown) => this.#logger.error('the workspace could not be brought up to date', { error }));
    }, SETTLE_DELAY);
  }

  async #settle(): Promise<void> {
    const { checked, targets } = await this.#now();
    if (this.#disposed) return;
    const rebuilt: BuildTarget[] = [];
    for (const target of [...targets.modules.values(), ...targets.libraries.values(), ...targets.datasets.values()]) {
      const result = this.builds.build(target);
      if (result.kind === 'built' && result.rebuilt) rebuilt.push(target);
    }
    const { model } = checked;
    this.#state.rename(model.manifest.name);
    this.#state.update({
      modules: [...model.modules.values()].map((definition) => {
        const target = targets.modules.get(definition.name);
        return toModuleView(
          definition,
          target === undefined ? NOT_BUILT : this.builds.state(target),
          this.#tags.get(definition.name) ?? {},
        );
      }),
      workflows: toWorkflowViews(checked),
      diagnostics: checked.diagnostics.map(toDiagnosticDocument),
      tree: this.live.index.tree(),
    });
    if (rebuilt.length > 0) await this.#hint(model, rebuilt);
  }

  async #hint(model: WorkspaceModel, targets: readonly BuildTarget[]): Promise<void> {
    if (this.#options.onBuilt === undefined) return;
    const hints: BuiltHint[] = [];
    for (const target of targets) {
      const result = this.builds.build(target);
      if (result.kind === 'failed') continue;
      const { environment, preload, language } = toRequirements(model, target);
      // A hint may go without an environment: the run that needs it will say what is wrong with it.
      const pin = await this.pins.get(model, environment, language).catch(() => undefined);
      const python = result.artifact.manifest.files.filter((file) => file.path.endsWith('.py'));
      const files = python.map((file) => ({ path: joinPath(this.root, joinPath(target.folder, file.path)), digest: file.digest }));
      hints.push({ module: target.name, artifact: result.artifact.digest, environment: pin?.pinned, preload, files });
    }
    if (!this.#disposed) this.#options.onBuilt(hints);
  }
}

function toRequirements(
  model: WorkspaceModel,
  target: BuildTarget,
): { readonly environment: string | undefined; readonly preload: readonly string[]; readonly language: ModuleContract['language'] } {
  const fallback = model.manifest.defaults.environment;
  if (target.kind === 'dataset')
    return { environment: model.datasets.get(target.name)?.value?.source.environment ?? fallback, preload: [], language: 'python' };
  const contract = model.modules.get(target.name)?.value;
  return { environment: contract?.environment ?? fallback, preload: contract?.preload ?? [], language: contract?.language ?? 'python' };
}

/** Findings of builds are shown like those of the language. */
function withDiagnostics(checked: Checked, more: readonly Diagnostic[]): Checked {
  return more.length === 0 ? checked : { ...checked, diagnostics: [...checked.diagnostics, ...more] };
}
