import type { Range } from '../model/diagnostic.ts';
import type { ModuleContract } from '../model/module.ts';
import { toPortTypeText } from '../model/portType.ts';
import type { Workflow } from '../model/workflow.ts';
import type { SourceMap, ValuePath } from '../parse/sourceMap.ts';
import { findDefinitionOf, type EditorWorkspace } from './editorWorkspace.ts';

/** A part of a file that has a name, for outlines. `range` holds the whole of it, `name` its key. */
export interface DocumentSymbol {
  readonly label: string;
  readonly detail: string;
  readonly kind: 'file' | 'step' | 'port' | 'param' | 'column' | 'group';
  readonly range: Range;
  readonly name: Range;
  readonly children: readonly DocumentSymbol[];
}

export function toDocumentSymbols(workspace: EditorWorkspace, file: string): readonly DocumentSymbol[] {
  const { model } = workspace.checked;
  const definition = findDefinitionOf(workspace, file);
  if (definition?.value === undefined) return [];
  const { source, name } = definition;
  const workflow = model.workflows.get(name);
  if (workflow?.file === file && workflow.value !== undefined) return toWorkflowSymbols(source, workflow.value);
  const module = model.modules.get(name);
  if (module?.file === file && module.value !== undefined) return toModuleSymbols(source, module.value);
  const dataset = model.datasets.get(name);
  if (dataset?.file !== file || dataset.value === undefined) return [];
  const columns = dataset.value.columns.map((column) => toSymbol(source, ['columns', column.name], 'column', column.type));
  return group(source, ['columns'], columns);
}

function toWorkflowSymbols(source: SourceMap, workflow: Workflow): readonly DocumentSymbol[] {
  const steps = workflow.steps.map((step) => {
    const { use } = step;
    const used = use.kind === 'module' ? use.module : use.kind === 'dataset' ? use.dataset : use.workflow;
    return toSymbol(source, ['steps', step.id], 'step', used);
  });
  return [
    ...group(
      source,
      ['params'],
      workflow.params.map(({ name, type }) => toSymbol(source, ['params', name], 'param', type)),
    ),
    ...group(
      source,
      ['inputs'],
      workflow.inputs.map(({ name, type }) => toSymbol(source, ['inputs', name], 'port', toPortTypeText(type))),
    ),
    ...group(source, ['steps'], steps),
    ...group(
      source,
      ['outputs'],
      Object.keys(workflow.outputs).map((name) => toSymbol(source, ['outputs', name], 'port', '')),
    ),
    ...(workflow.schedule === undefined ? [] : [toSymbol(source, ['schedule'], 'group', workflow.schedule.cron)]),
  ];
}

function toModuleSymbols(source: SourceMap, module: ModuleContract): readonly DocumentSymbol[] {
  const ports = (key: 'inputs' | 'outputs'): readonly DocumentSymbol[] =>
    module[key].map(({ name, type }) => toSymbol(source, [key, name], 'port', toPortTypeText(type)));
  return [
    ...group(source, ['inputs'], ports('inputs')),
    ...group(
      source,
      ['params'],
      module.params.map(({ name, type }) => toSymbol(source, ['params', name], 'param', type)),
    ),
    ...group(source, ['outputs'], ports('outputs')),
  ];
}

function group(source: SourceMap, path: ValuePath, children: readonly DocumentSymbol[]): readonly DocumentSymbol[] {
  return source.has(path) ? [{ ...toSymbol(source, path, 'group', ''), children }] : [];
}

function toSymbol(source: SourceMap, path: ValuePath, kind: DocumentSymbol['kind'], detail: string): DocumentSymbol {
  const name = source.keyRange(path);
  const value = source.valueRange(path);
  return { label: String(path.at(-1)), detail, kind, name, range: { start: name.start, end: value.end }, children: [] };
}
