import type { Position, Range } from '../model/diagnostic.ts';
import type { EditorWorkspace } from './editorWorkspace.ts';
import type { Occurrence } from './entity.ts';
import { collectColumnOccurrences } from './columnFlow.ts';
import { findOccurrences, occurrenceAt } from './occurrences.ts';

/** A place to go to. */
export interface Place {
  readonly file: string;
  readonly range: Range;
}

/** A jump and the word that it starts from. */
export interface Jump {
  readonly origin: Range;
  readonly targets: readonly Place[];
}

/**
 * Where what is meant at a place is defined. From a use: the code of it, then its file. From a definition in YAML: its code. From the code:
 * its definition in YAML. `undefined`: nothing is meant here, or it is defined nowhere in this workspace.
 */
export function findDefinitions(workspace: EditorWorkspace, file: string, position: Position): Jump | undefined {
  const here = occurrenceAt(workspace, file, position);
  if (here === undefined) return undefined;
  const all = findOccurrences(workspace, here.entity);
  const byRole = (role: Occurrence['role']): readonly Occurrence[] => all.filter((one) => one.role === role && !isSamePlace(one, here));
  const targets =
    here.role === 'code' ? byRole('definition') : [...byRole('code'), ...(here.role === 'reference' ? byRole('definition') : [])];
  const found = targets.length > 0 ? targets : all.filter((one) => one.role === 'definition');
  return found.length === 0 ? undefined : { origin: here.range, targets: found.map(toPlace) };
}

/** Every place where the same is meant; of a column also where it flows under its name. */
export function findReferences(workspace: EditorWorkspace, file: string, position: Position, withDefinitions: boolean): readonly Place[] {
  const here = occurrenceAt(workspace, file, position);
  if (here === undefined) return [];
  const all = here.entity.kind === 'column' ? collectColumnOccurrences(workspace, here.entity) : findOccurrences(workspace, here.entity);
  return all.filter((one) => withDefinitions || one.role === 'reference').map(toPlace);
}

/** Places of the same within one file. */
export function findHighlights(workspace: EditorWorkspace, file: string, position: Position): readonly Range[] {
  return findReferences(workspace, file, position, true)
    .filter((place) => place.file === file)
    .map(({ range }) => range);
}

function isSamePlace(one: Occurrence, other: Occurrence): boolean {
  return one.file === other.file && one.range.start.line === other.range.start.line && one.range.start.column === other.range.start.column;
}

function toPlace({ file, range }: Occurrence): Place {
  return { file, range };
}
