import type { FileKind } from '../model/fileForms.ts';
import type { InputPort } from '../model/module.ts';
import { t } from '../model/words.ts';
import type { EditorWorkspace } from './editorWorkspace.ts';
import { toSuggested, type Suggestion } from './suggestion.ts';
import type { WorkspaceModel } from './workspaceModel.ts';
import type { YamlCursor } from './yamlCursor.ts';

/** Names that stand as values in modules, datasets, environments and the manifest. */
export function completeModuleValue(workspace: EditorWorkspace, kind: FileKind, file: string, { path }: YamlCursor): readonly Suggestion[] {
  const { model } = workspace.checked;
  const key = path.findLast((step) => typeof step === 'string');
  switch (key) {
    case 'environment':
      return kind === 'environment' ? [] : completeEnvironment(model);
    case 'uses':
      return [...model.libraries.values()].map(({ name, value }) => toSuggested('library', name, value?.language, value?.description));
    case 'labels':
    case 'accepts':
    case 'addLabels':
      return toLabels(model).map((label) => toSuggested('label', label));
    case 'from':
    case 'using':
      return completeSource(model, file);
    case 'lock':
      return kind === 'environment' ? [toSuggested('value', `${toBase(file)}.lock`)] : [];
    case 'cluster':
      return [toSuggested('value', 'local')];
    default:
      return [];
  }
}

function completeEnvironment(model: WorkspaceModel): readonly Suggestion[] {
  return [...model.environments.values()].map(({ name, value }) =>
    toSuggested('environment', name, value?.python === undefined ? '' : t`Python ${value.python}`, value?.description),
  );
}

/** Labels that any dataset or port speaks of. */
function toLabels(model: WorkspaceModel): readonly string[] {
  const labels = new Set(['public', 'internal', 'restricted']);
  for (const { value } of model.datasets.values())
    for (const column of value?.columns ?? []) column.labels?.forEach((label) => labels.add(label));
  for (const { value } of model.modules.values()) {
    for (const input of value?.inputs ?? []) input.accepts?.forEach((label) => labels.add(label));
    for (const output of value?.outputs ?? []) output.addLabels.forEach((label) => labels.add(label));
  }
  return [...labels].sort();
}

/** `port.column` of the module's own inputs. */
function completeSource(model: WorkspaceModel, file: string): readonly Suggestion[] {
  const module = [...model.modules.values()].find((definition) => definition.file === file)?.value;
  return (module?.inputs ?? []).flatMap(toColumns);
}

function toColumns({ name, type }: InputPort): readonly Suggestion[] {
  const table = type.kind === 'list' ? type.of : type;
  return table.kind === 'table' ? table.columns.map((column) => toSuggested('column', `${name}.${column.name}`, column.type)) : [];
}

function toBase(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1).replace(/\.environment\.yaml$/, '');
}
