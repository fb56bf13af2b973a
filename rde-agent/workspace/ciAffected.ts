import { parseManifest } from '../../language/parse/parseManifest.ts';
import { parseUse } from '../../language/parse/grammar.ts';
import type { DatasetDefinition } from '../../language/model/dataset.ts';
import type { StepUse } from '../../language/model/workflow.ts';
import { MANIFEST_FILE, type WorkspaceManifest } from '../../language/model/workspace.ts';
import type { Definition, WorkspaceModel } from '../../language/service/workspaceModel.ts';
import { joinPath } from '../builder/folderNode.ts';
import type { CiJob } from '../protocol/ciDocuments.ts';
import type { Changes } from './ciChanges.ts';

export type Because = CiJob['because'][number];

/** Why each module, library and workflow is affected, by name; what is not affected is absent. */
export interface AffectedDefinitions {
  readonly modules: ReadonlyMap<string, readonly Because[]>;
  readonly libraries: ReadonlyMap<string, readonly Because[]>;
  readonly workflows: ReadonlyMap<string, readonly Because[]>;
}

/** Whether a glob of `cairn.yaml` matches a path. */
export type MatchGlob = (glob: string, path: string) => boolean;

/** What changed files mean: for their owners, and for whatever uses those, to any depth. */
export async function findAffected(model: WorkspaceModel, changes: Changes, matches: MatchGlob): Promise<AffectedDefinitions> {
  const affected = new Affected(model);
  const gone = await findGone(model, changes);
  const before = changes.paths.includes(MANIFEST_FILE) ? await readManifest(changes) : undefined;
  for (const path of changes.paths) affected.addFile(path);
  if (before !== undefined) affected.addManifest(before, matches);
  affected.spread(gone);
  return affected;
}

/** `null` = there was none that can be read. */
async function readManifest(changes: Changes): Promise<WorkspaceManifest | null> {
  const text = await changes.before(MANIFEST_FILE);
  return text === undefined ? null : (parseManifest(MANIFEST_FILE, text).value ?? null);
}

/** Names of definitions whose files were there and define nothing of that name any more. */
async function findGone(model: WorkspaceModel, changes: Changes): Promise<ReadonlySet<string>> {
  const gone = new Set<string>();
  for (const path of changes.paths.filter((each) => each.endsWith('.yaml') && each !== MANIFEST_FILE)) {
    const name = /^(?:module|library|dataset|environment|workflow):\s*['"]?([^\s'"#]+)/m.exec((await changes.before(path)) ?? '')?.[1];
    if (name !== undefined && !isDefined(model, name)) gone.add(name);
  }
  return gone;
}

function isDefined({ modules, libraries, datasets, environments, workflows }: WorkspaceModel, name: string): boolean {
  return [modules, libraries, datasets, environments, workflows].some((definitions) => definitions.has(name));
}

class Affected implements AffectedDefinitions {
  readonly modules = new Map<string, Because[]>();
  readonly libraries = new Map<string, Because[]>();
  readonly workflows = new Map<string, Because[]>();
  readonly #datasets = new Set<string>();
  readonly #environments = new Set<string>();
  readonly #model: WorkspaceModel;
  /** folder → the module or library whose folder it is */
  readonly #owners: ReadonlyMap<string, { readonly name: string; readonly causes: Map<string, Because[]> }>;

  constructor(model: WorkspaceModel) {
    this.#model = model;
    this.#owners = new Map([
      ...[...model.modules.values()].map(({ name, folder }) => [folder, { name, causes: this.modules }] as const),
      ...[...model.libraries.values()].map(({ name, folder }) => [folder, { name, causes: this.libraries }] as const),
    ]);
  }

  addFile(path: string): void {
    const because: Because = { kind: 'file', name: path };
    const { workflows, environments, datasets } = this.#model;
    for (const { name, file } of workflows.values()) if (file === path) add(this.workflows, name, because);
    for (const { name, file, folder, value } of environments.values())
      if (path === file || (value?.lock !== undefined && path === joinPath(folder, value.lock))) this.#environments.add(name);
    for (const dataset of datasets.values()) if (isOfDataset(dataset, path)) this.#datasets.add(dataset.name);
    if (/(?:^|\/)\.(?:cairn|git)ignore$/.test(path)) this.#addBelow(path.slice(0, Math.max(0, path.lastIndexOf('/'))), because);
    const owner = this.#findOwner(path);
    if (owner !== undefined) add(owner.causes, owner.name, because);
    // A submodule is one path, whatever has changed in it.
    else this.#addBelow(path, because, false);
  }

  /** `null` = all of it is new. */
  addManifest(before: WorkspaceManifest | null, matches: MatchGlob): void {
    const { manifest, modules, libraries, workflows } = this.#model;
    const because: Because = { kind: 'manifest', name: MANIFEST_FILE };
    const wasListed = ({ file }: { readonly file: string }): boolean =>
      before !== null && [...before.modules, ...before.libraries, ...before.workflows].some((glob) => matches(glob, file));
    const isDefault = before !== null && before.defaults.environment === manifest.defaults.environment;
    for (const module of modules.values())
      if (!wasListed(module) || (!isDefault && module.value?.environment === undefined)) add(this.modules, module.name, because);
    for (const library of libraries.values()) if (!wasListed(library)) add(this.libraries, library.name, because);
    const isSame =
      before !== null && before.defaults.domain === manifest.defaults.domain && before.defaults.cluster === manifest.defaults.cluster;
    for (const workflow of workflows.values()) if (!isSame || !wasListed(workflow)) add(this.workflows, workflow.name, because);
  }

  /** From what has changed, or is gone, to what uses it. */
  spread(gone: ReadonlySet<string>): void {
    const { manifest, modules, libraries, workflows } = this.#model;
    for (const name of gone) {
      this.#environments.add(name);
      this.#datasets.add(name);
    }
    for (const { name, value } of modules.values()) {
      const environment = value?.environment ?? manifest.defaults.environment;
      if (environment !== undefined && this.#environments.has(environment))
        add(this.modules, name, { kind: 'environment', name: environment });
    }
    untilNothingChanges(() => [...libraries.values()].filter(({ name, value }) => this.#addUses(this.libraries, name, value?.uses, gone)));
    for (const { name, value } of modules.values()) this.#addUses(this.modules, name, value?.uses, gone);
    untilNothingChanges(() =>
      [...workflows.values()].filter(
        ({ name, value }) => (value?.steps ?? []).filter(({ use }) => this.#addStep(name, use, gone)).length > 0,
      ),
    );
  }

  #addUses(causes: Map<string, Because[]>, name: string, uses: readonly string[] = [], gone: ReadonlySet<string>): boolean {
    const used = uses.map((use) => parseUse(use).name).filter((library) => this.libraries.has(library) || gone.has(library));
    return used.map((library) => add(causes, name, { kind: 'library', name: library })).some(Boolean);
  }

  #addStep(workflow: string, use: StepUse, gone: ReadonlySet<string>): boolean {
    if (use.kind === 'module')
      return this.#addUsed(workflow, { kind: 'module', name: use.module }, this.modules.has(use.module) || gone.has(use.module));
    if (use.kind === 'dataset') return this.#addUsed(workflow, { kind: 'dataset', name: use.dataset }, this.#datasets.has(use.dataset));
    return this.#addUsed(workflow, { kind: 'workflow', name: use.workflow }, this.workflows.has(use.workflow) || gone.has(use.workflow));
  }

  #addUsed(workflow: string, because: Because, isAffected: boolean): boolean {
    return isAffected && because.name !== workflow && add(this.workflows, workflow, because);
  }

  /** The nearest folder upwards that is one's own. */
  #findOwner(path: string): { readonly name: string; readonly causes: Map<string, Because[]> } | undefined {
    for (let at = path; at !== '';) {
      at = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '';
      const owner = this.#owners.get(at);
      if (owner !== undefined) return owner;
    }
    return undefined;
  }

  #addBelow(folder: string, because: Because, whole = true): void {
    for (const [at, { name, causes }] of this.#owners)
      if ((whole && folder === '') || at === folder || at.startsWith(`${folder}/`)) add(causes, name, because);
  }
}

/** A loader is all the Python beside it. */
function isOfDataset({ file, folder, value }: Definition<DatasetDefinition>, path: string): boolean {
  if (path === file) return true;
  if (value === undefined) return false;
  if (value.source.kind === 'file') return path === joinPath(folder, value.source.path);
  return value.source.kind === 'python' && path.endsWith('.py') && (folder === '' || path.startsWith(`${folder}/`));
}

/** Whether it is new. */
function add(causes: Map<string, Because[]>, name: string, because: Because): boolean {
  const known = causes.get(name) ?? [];
  if (known.some((each) => each.kind === because.kind && each.name === because.name)) return false;
  causes.set(name, [...known, because]);
  return true;
}

function untilNothingChanges(pass: () => readonly unknown[]): void {
  while (pass().length > 0);
}
