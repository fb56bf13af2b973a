import { ArgumentNameForm, ColumnNameForm, StepNameForm } from '../model/fieldForms.ts';
import type { Position, Range, TextEdit } from '../model/diagnostic.ts';
import { toKindWord } from '../model/kindWords.ts';
import { later, t, translate } from '../model/words.ts';
import { collectColumnOccurrences } from './columnFlow.ts';
import type { EditorWorkspace } from './editorWorkspace.ts';
import { isSameEntity, type Entity, type Occurrence } from './entity.ts';
import { collectAllOccurrences, findOccurrences, occurrenceAt } from './occurrences.ts';
import { findCodeEdits } from './renameInCode.ts';
import type { Renaming } from './renaming.ts';

/** What can be renamed: whose name is meant only in files of the workspace. Names of modules and the like are known to the agent too. */
const FORMS = { step: StepNameForm, port: ArgumentNameForm, param: ArgumentNameForm, element: ArgumentNameForm, column: ColumnNameForm };

type RenamedKind = keyof typeof FORMS;

export type RenameStart =
  | { readonly kind: 'ready'; readonly range: Range; readonly name: string }
  /** `message` is a sentence for people */
  | { readonly kind: 'refused'; readonly message: string };

/** Whether what is meant at a place can be renamed. */
export function startRename(workspace: EditorWorkspace, file: string, position: Position): RenameStart {
  const here = occurrenceAt(workspace, file, position);
  if (here === undefined) return { kind: 'refused', message: t('There is nothing here that can be renamed.') };
  if (!isRenamed(here.entity.kind))
    return {
      kind: 'refused',
      message: t`A ${toKindWord(here.entity.kind)} can’t be renamed here: its runs and artifacts are known by its name.`,
    };
  if (isFixed(here.entity)) return { kind: 'refused', message: t`\`${here.entity.name}\` is the name that every dataset’s table has.` };
  return { kind: 'ready', range: toInner(workspace, here), name: here.entity.name };
}

/**
 * Edits that rename what is meant at a place everywhere: in YAML, and in the code of the entry where it is an argument or a returned key.
 * Everything outside the edits stays as it is. All or nothing: refused where a part of it could not be renamed.
 */
export function renameAt(workspace: EditorWorkspace, file: string, position: Position, newName: string): Renaming {
  const start = startRename(workspace, file, position);
  const here = occurrenceAt(workspace, file, position);
  if (start.kind === 'refused' || here === undefined) return { kind: 'refused', message: start.kind === 'refused' ? start.message : '' };
  const { entity } = here;
  if (entity.name === newName) return { kind: 'edits', edits: [] };
  const problem = toNameProblem(workspace, entity, newName);
  if (problem !== undefined) return { kind: 'refused', message: problem };
  const occurrences = entity.kind === 'column' ? collectColumnOccurrences(workspace, entity) : findOccurrences(workspace, entity);
  const inCode = findCodeEdits(workspace, entity, newName);
  if (inCode.kind === 'refused') return inCode;
  const inYaml = occurrences.filter(({ role }) => role !== 'code').map((occurrence) => toEdit(workspace, occurrence, newName));
  return { kind: 'edits', edits: [...inYaml, ...inCode.edits] };
}

function isRenamed(kind: Entity['kind']): kind is RenamedKind {
  return Object.hasOwn(FORMS, kind);
}

function isFixed({ kind, within }: Entity): boolean {
  return kind === 'port' && within.startsWith('dataset ');
}

function toNameProblem(workspace: EditorWorkspace, entity: Entity, newName: string): string | undefined {
  if (!isRenamed(entity.kind)) return undefined;
  const judged = FORMS[entity.kind].safeParse(newName);
  if (!judged.success) return `\`${newName}\` ${translate(judged.error.issues[0]?.message ?? later('is no name'))}.`;
  const taken = findTaken(workspace, entity, newName);
  return taken === undefined ? undefined : t`\`${newName}\` is a ${toKindWord(taken.entity.kind)} there already (${taken.file}).`;
}

/** Inputs and parameters are arguments of one function, so they share their names; so do the ends that a column flows between. */
function findTaken(workspace: EditorWorkspace, entity: Entity, newName: string): Occurrence | undefined {
  const rivals: Entity[] = [{ ...entity, name: newName }];
  if (entity.kind === 'port' && entity.within.endsWith(' in'))
    rivals.push({ kind: 'param', within: entity.within.slice(0, -3), name: newName });
  if (entity.kind === 'param') rivals.push({ kind: 'port', within: `${entity.within} in`, name: newName });
  const places = entity.kind === 'column' ? collectColumnOccurrences(workspace, entity).map((one) => one.entity.within) : [];
  for (const within of places) rivals.push({ kind: 'column', within, name: newName });
  return collectAllOccurrences(workspace).find(
    ({ role, entity: other }) => role === 'definition' && rivals.some((rival) => isSameEntity(rival, other)),
  );
}

/** The name alone: quotes around a key stay. */
function toInner({ texts }: EditorWorkspace, { file, range, entity }: Occurrence): Range {
  const line = (texts.get(file) ?? '').split('\n')[range.start.line - 1] ?? '';
  const written = line.slice(range.start.column - 1, range.end.column - 1);
  if (range.start.line !== range.end.line || written.length !== entity.name.length + 2 || !/^["']/.test(written)) return range;
  return { start: { ...range.start, column: range.start.column + 1 }, end: { ...range.end, column: range.end.column - 1 } };
}

function toEdit(workspace: EditorWorkspace, occurrence: Occurrence, newName: string): TextEdit {
  const range = toInner(workspace, occurrence);
  const isQuoted = range !== occurrence.range;
  const isWhole = occurrence.entity.kind === 'column' && occurrence.role === 'definition';
  const newText = isWhole && !isQuoted && !/^[A-Za-z_][\w-]*$/.test(newName) ? JSON.stringify(newName) : newName;
  return { file: occurrence.file, range, newText };
}
