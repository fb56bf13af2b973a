import type { ModuleContract } from '../../language/model/module.ts';
import type { Definition, WorkspaceModel } from '../../language/service/workspaceModel.ts';
import { joinPath } from '../builder/folderNode.ts';
import type { BuildTarget } from '../builder/pythonArtifact.ts';

/** What can be built: every module and every dataset whose file could be read. */
export interface BuildTargets {
  readonly modules: ReadonlyMap<string, BuildTarget>;
  readonly datasets: ReadonlyMap<string, BuildTarget>;
  /** The targets that a changed file belongs to. */
  owners(path: string): readonly BuildTarget[];
}

export function toBuildTargets(model: WorkspaceModel): BuildTargets {
  const nested = findNested([...model.modules.values()].map((definition) => definition.folder));
  const modules = new Map<string, BuildTarget>();
  for (const definition of model.modules.values()) {
    if (definition.value !== undefined)
      modules.set(definition.name, toModuleTarget(definition, definition.value, nested.get(definition.folder) ?? []));
  }
  const datasets = new Map<string, BuildTarget>();
  for (const { name, folder, value } of model.datasets.values()) {
    if (value !== undefined) datasets.set(name, { kind: 'dataset', name, folder, entry: value.source.entry, skip: new Set() });
  }
  const byFolder = Map.groupBy([...modules.values(), ...datasets.values()], (target) => target.folder);
  return { modules, datasets, owners: (path) => findOwners(byFolder, path) };
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
