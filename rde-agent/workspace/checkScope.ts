import type { LibraryDefinition } from '../../language/model/library.ts';
import { toNearNames } from '../../language/model/nearNames.ts';
import { MANIFEST_FILE } from '../../language/model/workspace.ts';
import { collectLibraries } from '../../language/service/libraryUses.ts';
import { findWorkflow } from '../../language/service/resolveWorkflow.ts';
import type { WorkspaceModel } from '../../language/service/workspaceModel.ts';
import { joinPath } from '../builder/folderNode.ts';
import { CairnError } from '../protocol/errors.ts';

/**
 * Whether findings of a file matter to what is named: `cairn.yaml`; of a module or library its folder, the libraries that it uses and its environment; of
 * a workflow (also by its file, or the last part of its name) its file and those of workflows inside it. Without names all do. Throws `unknown-module`.
 */
export function createCheckScope(model: WorkspaceModel, names: readonly string[]): (file: string) => boolean {
  if (names.length === 0) return () => true;
  const files = new Set([MANIFEST_FILE, '']);
  const folders = new Set<string>();
  for (const name of names) if (!addCode(model, name, files, folders) && !addWorkflow(model, name, files)) throw toUnknown(model, name);
  return (file) => files.has(file) || [...folders].some((folder) => folder === '' || file.startsWith(`${folder}/`));
}

function addCode(
  { manifest, modules, libraries, environments }: WorkspaceModel,
  name: string,
  files: Set<string>,
  folders: Set<string>,
): boolean {
  const module = modules.get(name);
  const code = module ?? libraries.get(name);
  if (code === undefined) return false;
  const library = (used: string): LibraryDefinition | undefined => libraries.get(used)?.value;
  folders.add(code.folder);
  for (const used of collectLibraries(code.value?.uses ?? [], library)) {
    const folder = libraries.get(used.name)?.folder;
    if (folder !== undefined) folders.add(folder);
  }
  const environment = module === undefined ? undefined : environments.get(module.value?.environment ?? manifest.defaults.environment ?? '');
  if (environment === undefined) return true;
  files.add(environment.file);
  if (environment.value?.lock !== undefined) files.add(joinPath(environment.folder, environment.value.lock));
  return true;
}

function addWorkflow(model: WorkspaceModel, nameOrPath: string, files: Set<string>): boolean {
  const { workflows } = model;
  const first = findWorkflow(model, nameOrPath);
  if (first === undefined) return false;
  const found = new Set([first.name]);
  for (const each of found) {
    const workflow = workflows.get(each);
    if (workflow === undefined) continue;
    files.add(workflow.file);
    for (const { use } of workflow.value?.steps ?? []) if (use.kind === 'workflow') found.add(use.workflow);
  }
  return true;
}

function toUnknown({ modules, libraries, workflows }: WorkspaceModel, name: string): CairnError {
  const [near] = toNearNames(name, [...modules.keys(), ...libraries.keys(), ...workflows.keys()]);
  const meant = near === undefined ? '' : `; did you mean ${near}?`;
  return new CairnError('unknown-module', `there is no module, library or workflow ${name}${meant}`, {
    next: 'Run `cairn check` without a name to check everything.',
  });
}
