import type { FileKind } from '../model/fileForms.ts';
import type { EntryReading } from '../python/pythonReader.ts';
import type { CheckAbilities } from './abilities.ts';
import type { CheckedWorkspace } from './checkWorkspace.ts';
import { toFileKind, toPathIn } from './fileKind.ts';
import type { Definition } from './workspaceModel.ts';

/** What every feature of the editor works on: a checked workspace and the very texts that were checked. */
export interface EditorWorkspace {
  readonly checked: CheckedWorkspace;
  readonly texts: ReadonlyMap<string, string>;
  readonly abilities: CheckAbilities;
}

export function toKindOf({ checked, abilities }: EditorWorkspace, path: string): FileKind | undefined {
  return toFileKind(path, checked.model.manifest, abilities.matchesGlob);
}

/** A function that a module or a dataset names as its entry. */
export interface EntryUse {
  readonly of: 'module' | 'dataset';
  readonly definition: Definition<unknown>;
  /** of the code, relative to the root */
  readonly path: string;
  readonly function: string;
}

/** Everything that names a function of this code as its entry. */
export function findEntryUses({ checked }: EditorWorkspace, path: string): readonly EntryUse[] {
  const uses: EntryUse[] = [];
  for (const definition of checked.model.modules.values()) {
    const entry = definition.value?.entry;
    if (entry !== undefined && toPathIn(definition.folder, entry.file) === path)
      uses.push({ of: 'module', definition, path, function: entry.function });
  }
  for (const definition of checked.model.datasets.values()) {
    const source = definition.value?.source;
    if (source?.kind === 'python' && toPathIn(definition.folder, source.entry.file) === path)
      uses.push({ of: 'dataset', definition, path, function: source.entry.function });
  }
  return uses;
}

/** The entry of a module or dataset, read in its code; `undefined` where nobody can read it. */
export function readEntryOf({ texts, abilities }: EditorWorkspace, path: string, functionName: string): EntryReading | undefined {
  const text = texts.get(path);
  return text === undefined ? undefined : abilities.python?.readEntry(text, functionName);
}

/** The definition that a file holds, whatever its kind. */
export function findDefinitionOf({ checked: { model } }: EditorWorkspace, path: string): Definition<unknown> | undefined {
  for (const kind of [model.modules, model.datasets, model.environments, model.workflows, model.libraries]) {
    for (const definition of kind.values()) if (definition.file === path) return definition;
  }
  return undefined;
}
