import type { DatasetSource } from '../../language/model/dataset.ts';
import type { Diagnostic } from '../../language/model/diagnostic.ts';
import { toLibraryImport } from '../../language/model/library.ts';
import type { ModuleContract } from '../../language/model/module.ts';
import type { PortType } from '../../language/model/portType.ts';
import type { Definition, WorkspaceModel } from '../../language/service/workspaceModel.ts';
import { joinPath } from '../builder/folderNode.ts';
import type { BuildTarget } from '../builder/pythonArtifact.ts';
import { createDiagnostic } from '../builder/typescript/bundleProblems.ts';

/** What can be built: every module, library and dataset whose file could be read. */
export interface BuildTargets {
  readonly modules: ReadonlyMap<string, BuildTarget>;
  readonly libraries: ReadonlyMap<string, BuildTarget>;
  readonly datasets: ReadonlyMap<string, BuildTarget>;
  /** the modules that are bundled */
  readonly typescript: readonly BuildTarget[];
  /** The targets that a changed file belongs to. */
  owners(path: string): readonly BuildTarget[];
}

export function toBuildTargets(model: WorkspaceModel): BuildTargets {
  const owned = [...model.modules.values(), ...model.libraries.values()];
  const nested = findNested(owned.map((definition) => definition.folder));
  const modules = new Map<string, BuildTarget>();
  for (const definition of model.modules.values()) {
    if (definition.value !== undefined)
      modules.set(definition.name, toModuleTarget(definition, definition.value, nested.get(definition.folder) ?? [], model));
  }
  const libraries = new Map<string, BuildTarget>();
  for (const { name, folder, value } of model.libraries.values()) {
    if (value === undefined) continue;
    const skip = new Set(nested.get(folder) ?? []);
    const target = { kind: 'library', name, folder, entry: undefined, skip, include: value.files } as const;
    libraries.set(name, value.language === 'typescript' ? { ...target, language: 'typescript' } : target);
  }
  const datasets = new Map<string, BuildTarget>();
  for (const { name, folder, value } of model.datasets.values())
    if (value !== undefined) datasets.set(name, toDatasetTarget(name, folder, value.source));
  const byFolder = Map.groupBy([...modules.values(), ...libraries.values(), ...datasets.values()], (target) => target.folder);
  const typescript = [...modules.values()].filter((target) => target.language === 'typescript');
  return { modules, libraries, datasets, typescript, owners: (path) => findOwners(byFolder, path) };
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
function toModuleTarget(
  definition: Definition<ModuleContract>,
  contract: ModuleContract,
  nested: readonly string[],
  model: WorkspaceModel,
): BuildTarget {
  const skip = new Set(nested);
  if (contract.tests !== undefined) skip.add(joinPath(definition.folder, contract.tests.replace(/\/+$/, '')));
  const target = { kind: 'module', name: definition.name, folder: definition.folder, entry: contract.entry, skip } as const;
  if (contract.language === 'python') return target;
  const libraries = contract.uses.flatMap((use) => {
    const library = model.libraries.get(use.replace(/@.*/, ''));
    return library === undefined ? [] : [{ import: toLibraryImport(library.name), folder: library.folder }];
  });
  return { ...target, language: 'typescript', libraries, problems: findTypeProblems(definition, contract) };
}

/** Tables and models are stored in forms of Python's libraries: a TypeScript module can neither read nor write them soundly. */
function findTypeProblems({ file, source }: Definition<ModuleContract>, contract: ModuleContract): readonly Diagnostic[] {
  const toProblem = (port: 'inputs' | 'outputs', name: string, type: PortType): readonly Diagnostic[] => {
    const inner = type.kind === 'list' ? type.of : type;
    if (inner.kind !== 'table' && inner.kind !== 'model') return [];
    const { start, end } = source.keyRange([port, name]);
    const message = `A TypeScript module has no port of the type \`${inner.kind}\`: use json, metrics, file or directory, or write the module in Python.`;
    return [createDiagnostic(file, message, start.line, start.column, end.column)];
  };
  const problems = [
    ...contract.inputs.flatMap(({ name, type }) => toProblem('inputs', name, type)),
    ...contract.outputs.flatMap(({ name, type }) => toProblem('outputs', name, type)),
  ];
  if (contract.reuse !== 'worker') return problems;
  const { start, end } = source.keyRange(['reuse']);
  const message = 'Each task of a TypeScript module has a process of its own: leave `reuse: worker` out.';
  return [...problems, createDiagnostic(file, message, start.line, start.column, end.column)];
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
