import type { DatasetSource } from '../../language/model/dataset.ts';
import type { ModuleContract } from '../../language/model/module.ts';
import type { Definition, WorkspaceModel } from '../../language/service/workspaceModel.ts';
import { joinPath } from '../builder/folderNode.ts';
import type { BuildTarget } from '../builder/pythonArtifact.ts';

/** What can be built: every module, library and dataset whose file could be read. */
export interface BuildTargets {
  readonly modules: ReadonlyMap<string, BuildTarget>;
  readonly libraries: ReadonlyMap<string, BuildTarget>;
  readonly datasets: ReadonlyMap<string, BuildTarget>;
  /** The targets that a changed file belongs to. */
  owners(path: string): readonly BuildTarget[];
}

export function toBuildTargets(model: WorkspaceModel): BuildTargets {
  const owned = [...model.modules.values(), ...model.libraries.values()];
  const nested = findNested(owned.map((definition) => definition.folder));
  const modules = new Map<string, BuildTarget>();
  for (const definition of model.modules.values()) {
    if (definition.value !== undefined)
      modules.set(definition.name, toModuleTarget(definition, definition.value, nested.get(definition.folder) ?? []));
  }
  const libraries = new Map<string, BuildTarget>();
  for (const { name, folder, value } of model.libraries.values()) {
    if (value === undefined) continue;
    const skip = new Set(nested.get(folder) ?? []);
    libraries.set(name, { kind: 'library', name, folder, entry: undefined, skip, include: value.files });
  }
  const datasets = new Map<string, BuildTarget>();
  for (const { name, folder, value } of model.datasets.values())
    if (value !== undefined) datasets.set(name, toDatasetTarget(name, folder, value.source));
  const byFolder = Map.groupBy([...modules.values(), ...libraries.values(), ...datasets.values()], (target) => target.folder);
  return { modules, libraries, datasets, owners: (path) => findOwners(byFolder, path) };
}

/** A loader is the Python beside it; a file is itself, so that wherever the run goes it has the bytes; what is fetched has none. */
function toDatasetTarget(name: string, folder: string, source: DatasetSource): BuildTarget {
  const target = { kind: 'dataset', name, folder, skip: new Set<string>() } as const;
  if (source.kind === 'python') return { ...target, entry: source.entry };
  return { ...target, entry: undefined, include: source.kind === 'file' ? [escapeGlob(source.path)] : [] };
}

function escapeGlob(path: string): string {
  return path.replace(/[\\*?[\]{}()!+@|]/g, '\\$&');
}

/** Tests do not run with the module, so they are no part of its code. */
function toModuleTarget(definition: Definition<ModuleContract>, contract: ModuleContract, nested: readonly string[]): BuildTarget {
  const skip = new Set(nested);
  if (contract.tests !== undefined) skip.add(joinPath(definition.folder, contract.tests.replace(/\/+$/, '')));
  return { kind: 'module', name: definition.name, folder: definition.folder, entry: contract.entry, skip };
}

/** Folders of modules inside folders of modules: outer → its inner ones. */
function findNested(folders: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const known = new Set(folders);
  const nested = new Map<string, string[]>();
  for (const folder of known) {
    for (let at = folder; at !== '';) {
      at = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '';
      if (!known.has(at)) continue;
      nested.set(at, [...(nested.get(at) ?? []), folder]);
      break;
    }
  }
  return nested;
}

/** From the file's folder up: every target whose folder holds it. Datasets nest without ending the search. */
function findOwners(byFolder: ReadonlyMap<string, readonly BuildTarget[]>, path: string): readonly BuildTarget[] {
  const owners: BuildTarget[] = [];
  for (let at = path; at !== '';) {
    at = at.includes('/') ? at.slice(0, at.lastIndexOf('/')) : '';
    owners.push(...(byFolder.get(at) ?? []));
  }
  return owners;
}
