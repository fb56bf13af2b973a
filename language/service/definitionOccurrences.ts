import type { DatasetDefinition } from '../model/dataset.ts';
import type { EnvironmentDefinition } from '../model/environment.ts';
import type { LibraryDefinition } from '../model/library.ts';
import type { ModuleContract, OutputPort } from '../model/module.ts';
import { MANIFEST_FILE } from '../model/workspace.ts';
import { DATASET_PORT } from '../model/dataset.ts';
import type { ValuePath } from '../parse/sourceMap.ts';
import { toColumn, toOwner, toPort, type Entity, type Occurrence } from './entity.ts';
import { toTableColumns } from './tableColumns.ts';
import type { Definition, WorkspaceModel } from './workspaceModel.ts';

/** What a module's file means: itself, its environment, libraries, ports, parameters and columns. */
export function collectModuleOccurrences(definition: Definition<ModuleContract>): readonly Occurrence[] {
  const { value: module } = definition;
  if (module === undefined) return [];
  const list = createList(definition);
  const owner = toOwner('module', module.name);
  list.add(['module'], { kind: 'module', within: '', name: module.name }, 'definition');
  for (const part of ['@file', '@function']) list.add(['entry', part], { kind: 'module', within: '', name: module.name }, 'reference');
  if (module.environment !== undefined)
    list.add(['environment'], { kind: 'environment', within: '', name: module.environment }, 'reference');
  module.uses.forEach((name, index) => list.add(['uses', index], { kind: 'library', within: '', name: toUntagged(name) }, 'reference'));
  for (const { name, type } of module.inputs) {
    list.addKey(['inputs', name], toPort(owner, 'in', name), 'definition');
    for (const column of toTableColumns(['inputs', name], type))
      list.addKey(column.path, toColumn(owner, 'in', name, column.name), 'definition');
  }
  for (const { name } of module.params) list.addKey(['params', name], { kind: 'param', within: owner, name }, 'definition');
  for (const output of module.outputs) addOutput(list, owner, output);
  return list.found;
}

function addOutput(list: OccurrenceList, owner: string, { name, type }: OutputPort): void {
  list.addKey(['outputs', name], toPort(owner, 'out', name), 'definition');
  const table = type.kind === 'list' ? type.of : type;
  for (const { name: column, path } of toTableColumns(['outputs', name], type)) {
    list.addKey(path, toColumn(owner, 'out', name, column), 'definition');
    const declared = table.kind === 'table' ? table.columns.find((one) => one.name === column) : undefined;
    declared?.from?.forEach((text, index) => list.addSource([...path, 'from', index], owner, text));
    declared?.using?.forEach((text, index) => list.addSource([...path, 'using', index], owner, text));
  }
}

export function collectDatasetOccurrences(definition: Definition<DatasetDefinition>): readonly Occurrence[] {
  const { value: dataset } = definition;
  if (dataset === undefined) return [];
  const list = createList(definition);
  list.add(['dataset'], { kind: 'dataset', within: '', name: dataset.name }, 'definition');
  for (const part of ['@file', '@function'])
    list.add(['source', 'entry', part], { kind: 'dataset', within: '', name: dataset.name }, 'reference');
  const { environment } = dataset.source;
  if (environment !== undefined) list.add(['source', 'environment'], { kind: 'environment', within: '', name: environment }, 'reference');
  for (const { name } of dataset.columns)
    list.addKey(['columns', name], toColumn(toOwner('dataset', dataset.name), 'out', DATASET_PORT, name), 'definition');
  return list.found;
}

export function collectEnvironmentOccurrences(definition: Definition<EnvironmentDefinition>): readonly Occurrence[] {
  const list = createList(definition);
  if (definition.value !== undefined) list.add(['environment'], { kind: 'environment', within: '', name: definition.name }, 'definition');
  return list.found;
}

export function collectLibraryOccurrences(definition: Definition<LibraryDefinition>): readonly Occurrence[] {
  const list = createList(definition);
  if (definition.value !== undefined) list.add(['library'], { kind: 'library', within: '', name: definition.name }, 'definition');
  return list.found;
}

/** The default environment is named in the manifest, whose places are read from its text alone. */
export function collectManifestOccurrences({ manifest }: WorkspaceModel, text: string): readonly Occurrence[] {
  const name = manifest.defaults.environment;
  if (name === undefined) return [];
  const found = /^([ \t]*(?:defaults:[ \t]*\{.*?)?\benvironment:[ \t]*["']?)([\w-]+)/m.exec(text);
  if (found === null || found[2] !== name) return [];
  const start = found.index + (found[1] ?? '').length;
  const line = text.slice(0, start).split('\n').length;
  const column = start - text.lastIndexOf('\n', start - 1);
  const range = { start: { line, column }, end: { line, column: column + name.length } };
  return [{ file: MANIFEST_FILE, range, entity: { kind: 'environment', within: '', name }, role: 'reference' }];
}

interface OccurrenceList {
  readonly found: readonly Occurrence[];
  add(path: ValuePath, entity: Entity, role: Occurrence['role']): void;
  addKey(path: ValuePath, entity: Entity, role: Occurrence['role']): void;
  /** `port.column` of `from` and `using` */
  addSource(path: ValuePath, owner: string, text: string): void;
}

function createList({ file, source }: Definition<unknown>): OccurrenceList {
  const found: Occurrence[] = [];
  return {
    found,
    add(path, entity, role) {
      if (source.has(path)) found.push({ file, range: source.valueRange(path), entity, role });
    },
    addKey(path, entity, role) {
      if (source.has(path)) found.push({ file, range: source.keyRange(path), entity, role });
    },
    addSource(path, owner, text) {
      const dot = text.indexOf('.');
      if (dot < 0 || source.place(path)?.textStart === undefined) return;
      const [port, column] = [text.slice(0, dot), text.slice(dot + 1)];
      found.push({ file, range: source.textRange(path, 0, dot), entity: toPort(owner, 'in', port), role: 'reference' });
      const range = source.textRange(path, dot + 1, text.length);
      found.push({ file, range, entity: toColumn(owner, 'in', port, column), role: 'reference' });
    },
  };
}

function toUntagged(name: string): string {
  const at = name.indexOf('@');
  return at === -1 ? name : name.slice(0, at);
}
