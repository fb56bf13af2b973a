import type { Position, Range } from '../model/diagnostic.ts';
import type { FileKind } from '../model/fileForms.ts';
import { t } from '../model/words.ts';
import type { EditorWorkspace } from './editorWorkspace.ts';
import { toKindOf } from './editorWorkspace.ts';
import { toChoices, toKnownKeys } from './formDocs.ts';
import { completeModuleValue } from './moduleSuggestions.ts';
import type { Suggestion } from './suggestion.ts';
import { completeWorkflowKey, completeWorkflowValue, toWorkflowAt } from './workflowSuggestions.ts';
import { toYamlCursor, type YamlCursor } from './yamlCursor.ts';

/** What may stand at a place, and what a choice replaces. */
export interface Completion {
  readonly range: Range;
  readonly suggestions: readonly Suggestion[];
}

const NOTHING: Completion = { range: { start: { line: 1, column: 1 }, end: { line: 1, column: 1 } }, suggestions: [] };

/** Keys and values that can stand at a place of a YAML file of the language, also while the text around it is not whole. */
export function completeYaml(workspace: EditorWorkspace, file: string, text: string, position: Position): Completion {
  const kind = toKindOf(workspace, file);
  const cursor = kind === undefined ? undefined : toYamlCursor(text, position);
  if (kind === undefined || cursor === undefined) return NOTHING;
  const { line } = position;
  const range = { start: { line, column: cursor.start }, end: { line, column: cursor.end } };
  const workflow = kind === 'workflow' ? toWorkflowAt(workspace, file, text, position) : undefined;
  const found =
    cursor.kind === 'key'
      ? completeKey(kind, cursor, workflow === undefined ? [] : completeWorkflowKey(workspace, workflow, cursor.path))
      : [
          ...(workflow === undefined
            ? completeModuleValue(workspace, kind, file, cursor)
            : completeWorkflowValue(workspace, workflow, cursor)),
          ...completeChoice(kind, cursor),
        ];
  const suggestions = found.filter((one, index) => found.findIndex((other) => other.label === one.label) === index);
  return { range, suggestions: suggestions.map((one) => quoted(one, cursor)) };
}

/** `names` = keys that the workspace gives: ports, parameters. */
function completeKey(kind: FileKind, cursor: YamlCursor, names: readonly Suggestion[]): readonly Suggestion[] {
  const isFree = ({ label }: Suggestion): boolean => !cursor.siblings.includes(label);
  const keys = toKnownKeys(kind, cursor.path).map(({ name, description, isRequired, isBlock }): Suggestion => ({
    label: name,
    kind: 'key',
    insert: toKeyText(name, isBlock, cursor),
    detail: isRequired ? t('required') : '',
    documentation: description,
    rank: isRequired ? 0 : 1,
  }));
  const dynamic = names.map((one) => ({ ...one, insert: `${one.label}: ` }));
  return [...dynamic, ...keys].filter(isFree);
}

/** A map goes on in the next line, two blanks further in than its key. */
function toKeyText(name: string, isBlock: boolean, { isInFlow, start }: YamlCursor): string {
  if (!isBlock || isInFlow) return `${name}: `;
  return `${name}:\n${' '.repeat(start + 1)}`;
}

/** The words that the form of the file names. */
function completeChoice(kind: FileKind, cursor: YamlCursor): readonly Suggestion[] {
  return toChoices(kind, cursor.path).map((word): Suggestion => ({
    label: word,
    kind: 'value',
    insert: word,
    detail: '',
    documentation: '',
    rank: 2,
  }));
}

/** In flow style brackets and braces belong to YAML: what holds them is put in quotes. So is what begins with a sign of YAML's. */
function quoted(suggestion: Suggestion, { isQuoted, isInFlow, kind }: YamlCursor): Suggestion {
  if (kind === 'key' || isQuoted) return suggestion;
  const needs = (isInFlow && /[[\]{},]/.test(suggestion.insert)) || /^[*&!%@`]/.test(suggestion.insert) || / #/.test(suggestion.insert);
  return needs ? { ...suggestion, insert: JSON.stringify(suggestion.insert) } : suggestion;
}
