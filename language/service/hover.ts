import type { Position, Range } from '../model/diagnostic.ts';
import { toKindOf, type EditorWorkspace } from './editorWorkspace.ts';
import type { Entity } from './entity.ts';
import { describeEntity } from './describeEntity.ts';
import { toDescription } from './formDocs.ts';
import { describeSchedule } from './scheduleTexts.ts';
import { occurrenceAt } from './occurrences.ts';
import { toYamlCursor } from './yamlCursor.ts';

/** What is shown beside the mouse. `entity`: what it is about, so that a host can add what only an agent knows. */
export interface HoverText {
  /** the word that it is about; `undefined` = the place itself */
  readonly range: Range | undefined;
  readonly markdown: string;
  readonly entity: Entity | undefined;
}

/** What is known about the word at a place: of a name what it stands for, of a key what it is for. `now` (RFC 3339) begins fire times. */
export function hoverAt(workspace: EditorWorkspace, file: string, position: Position, now: string): HoverText | undefined {
  const schedule = hoverSchedule(workspace, file, position, now);
  if (schedule !== undefined) return schedule;
  const here = occurrenceAt(workspace, file, position);
  if (here !== undefined) {
    const markdown = describeEntity(workspace, here.entity);
    if (markdown !== '') return { range: here.range, markdown, entity: here.entity };
  }
  return hoverKey(workspace, file, position);
}

function hoverSchedule(workspace: EditorWorkspace, file: string, position: Position, now: string): HoverText | undefined {
  const workflow = [...workspace.checked.model.workflows.values()].find((definition) => definition.file === file);
  const schedule = workflow?.value?.schedule;
  if (workflow === undefined || schedule === undefined) return undefined;
  const key = workflow.source.keyRange(['schedule']);
  const value = workflow.source.valueRange(['schedule']);
  if (position.line < key.start.line || position.line > value.end.line) return undefined;
  return { range: undefined, markdown: describeSchedule(schedule, now), entity: undefined };
}

function hoverKey(workspace: EditorWorkspace, file: string, position: Position): HoverText | undefined {
  const kind = toKindOf(workspace, file);
  const text = workspace.texts.get(file);
  const lines = text?.split('\n') ?? [];
  const line = lines[position.line - 1];
  if (kind === undefined || text === undefined || line === undefined) return undefined;
  // The end of the word decides what it is: behind the colon it would be a value.
  const ahead = /^\w*/.exec(line.slice(position.column - 1))?.[0].length ?? 0;
  const cursor = toYamlCursor(text, { line: position.line, column: position.column + ahead });
  if (cursor?.kind !== 'key' || cursor.typed === '') return undefined;
  const description = toDescription(kind, [...cursor.path, cursor.typed]);
  const start = { line: position.line, column: cursor.start };
  return description === ''
    ? undefined
    : { range: { start, end: { ...start, column: cursor.end } }, markdown: description, entity: undefined };
}
