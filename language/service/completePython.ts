import type { Position, Range } from '../model/diagnostic.ts';
import type { ModuleContract } from '../model/module.ts';
import { toPortTypeText } from '../model/portType.ts';
import { findEntryUses, readEntryOf, type EditorWorkspace } from './editorWorkspace.ts';
import type { PythonEntry } from '../python/pythonReader.ts';
import type { Completion } from './completeYaml.ts';
import { contains } from './occurrences.ts';
import { toSuggested, type Suggestion } from './suggestion.ts';

/** Names of the contract in an entry function: what is not an argument yet, and outputs as keys of what is returned. */
export function completePython(workspace: EditorWorkspace, file: string, text: string, position: Position): Completion | undefined {
  const line = text.split('\n')[position.line - 1] ?? '';
  const word = /\w*$/.exec(line.slice(0, position.column - 1))?.[0] ?? '';
  const ahead = /^\w*/.exec(line.slice(position.column - 1))?.[0] ?? '';
  const start = { line: position.line, column: position.column - word.length };
  const range: Range = { start, end: { line: position.line, column: position.column + ahead.length } };
  for (const use of findEntryUses(workspace, file)) {
    const module = use.of === 'module' ? workspace.checked.model.modules.get(use.definition.name)?.value : undefined;
    const reading = readEntryOf(workspace, file, use.function);
    if (module === undefined || reading?.kind !== 'found') continue;
    if (contains(reading.entry.parametersRange, position)) return { range, suggestions: toArguments(module, reading.entry) };
    if (/(?:return\s*\{|[{,])\s*["']\w*$/.test(line.slice(0, position.column - 1)) && position.line > reading.entry.range.start.line)
      return { range, suggestions: module.outputs.map(({ name, type }) => toSuggested('port', name, toPortTypeText(type))) };
  }
  return undefined;
}

function toArguments(module: ModuleContract, { parameters }: PythonEntry): readonly Suggestion[] {
  const taken = new Set(parameters.map(({ name }) => name));
  const inputs = module.inputs.map(({ name, type }) => toSuggested('port', name, toPortTypeText(type)));
  const params = module.params.map(({ name, type, default: value }) => ({
    ...toSuggested('param', name, type),
    insert: value === undefined ? name : `${name}=${toPythonLiteral(value)}`,
  }));
  return [...inputs, ...params].filter(({ label }) => !taken.has(label));
}

function toPythonLiteral(value: unknown): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return JSON.stringify(value);
}
