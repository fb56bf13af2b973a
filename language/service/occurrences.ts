import type { Position, Range } from '../model/diagnostic.ts';
import { MANIFEST_FILE } from '../model/workspace.ts';
import {
  collectDatasetOccurrences,
  collectEnvironmentOccurrences,
  collectLibraryOccurrences,
  collectManifestOccurrences,
  collectModuleOccurrences,
} from './definitionOccurrences.ts';
import { findEntryUses, type EditorWorkspace } from './editorWorkspace.ts';
import { isSameEntity, type Entity, type Occurrence } from './entity.ts';
import { toPathIn } from './fileKind.ts';
import { collectPythonOccurrences } from './pythonOccurrences.ts';
import { collectWorkflowOccurrences } from './workflowOccurrences.ts';
import type { Definition, WorkspaceModel } from './workspaceModel.ts';

/** Everything that one file means, with the exact place of each. Nothing for a file that is too broken to mean anything. */
export function collectFileOccurrences(workspace: EditorWorkspace, file: string): readonly Occurrence[] {
  const { model } = workspace.checked;
  const text = workspace.texts.get(file) ?? '';
  if (file === MANIFEST_FILE) return collectManifestOccurrences(model, text);
  if (findEntryUses(workspace, file).length > 0) return collectPythonOccurrences(workspace, file);
  const module = find(model.modules, file);
  if (module !== undefined) return collectModuleOccurrences(module);
  const workflow = find(model.workflows, file);
  if (workflow !== undefined) return collectWorkflowOccurrences(workflow, text);
  const dataset = find(model.datasets, file);
  if (dataset !== undefined) return collectDatasetOccurrences(dataset);
  const environment = find(model.environments, file);
  if (environment !== undefined) return collectEnvironmentOccurrences(environment);
  const library = find(model.libraries, file);
  return library === undefined ? [] : collectLibraryOccurrences(library);
}

/** Everything that the whole workspace means. Linear in its files: for what a person asks for, not for every keystroke. */
export function collectAllOccurrences(workspace: EditorWorkspace): readonly Occurrence[] {
  return [
    ...collectYamlOccurrences(workspace),
    ...toCodeFiles(workspace.checked.model).flatMap((file) => collectPythonOccurrences(workspace, file)),
  ];
}

function collectYamlOccurrences({ checked: { model }, texts }: EditorWorkspace): readonly Occurrence[] {
  return [
    ...collectManifestOccurrences(model, texts.get(MANIFEST_FILE) ?? ''),
    ...[...model.environments.values()].flatMap(collectEnvironmentOccurrences),
    ...[...model.libraries.values()].flatMap(collectLibraryOccurrences),
    ...[...model.datasets.values()].flatMap(collectDatasetOccurrences),
    ...[...model.modules.values()].flatMap(collectModuleOccurrences),
    ...[...model.workflows.values()].flatMap((definition) => collectWorkflowOccurrences(definition, texts.get(definition.file) ?? '')),
  ];
}

/** Code that holds an entry, each file once. */
function toCodeFiles({ modules, datasets }: WorkspaceModel): readonly string[] {
  const files = new Set<string>();
  for (const { folder, value } of modules.values()) if (value !== undefined) files.add(toPathIn(folder, value.entry.file));
  for (const { folder, value } of datasets.values())
    if (value?.source.kind === 'python') files.add(toPathIn(folder, value.source.entry.file));
  return [...files];
}

/** All places of an entity. */
export function findOccurrences(workspace: EditorWorkspace, entity: Entity): readonly Occurrence[] {
  return collectAllOccurrences(workspace).filter((occurrence) => isSameEntity(occurrence.entity, entity));
}

/** What is meant at a place; of several the shortest. */
export function occurrenceAt(workspace: EditorWorkspace, file: string, position: Position): Occurrence | undefined {
  const here = collectFileOccurrences(workspace, file).filter(({ range }) => contains(range, position));
  return here.toSorted((one, other) => toLength(one.range) - toLength(other.range))[0];
}

/** The end counts too: that is where the cursor is after a word was typed. */
export function contains({ start, end }: Range, { line, column }: Position): boolean {
  if (line < start.line || line > end.line) return false;
  return (line > start.line || column >= start.column) && (line < end.line || column <= end.column);
}

function toLength({ start, end }: Range): number {
  return (end.line - start.line) * 10_000 + end.column - start.column;
}

function find<T>(definitions: ReadonlyMap<string, Definition<T>>, file: string): Definition<T> | undefined {
  for (const definition of definitions.values()) if (definition.file === file) return definition;
  return undefined;
}
