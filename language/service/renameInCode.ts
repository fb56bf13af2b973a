import type { TextEdit } from '../model/diagnostic.ts';
import { t } from '../model/words.ts';
import type { PythonEntry } from '../python/pythonReader.ts';
import { findEntryUses, readEntryOf, type EditorWorkspace } from './editorWorkspace.ts';
import type { Entity } from './entity.ts';
import { toPathIn } from './fileKind.ts';
import type { Renaming } from './renaming.ts';

interface ReadCode {
  readonly file: string;
  readonly entry: PythonEntry;
}

const NOTHING: Renaming = { kind: 'edits', edits: [] };

/**
 * The part of a renaming that is in the entry's code: a port or parameter of a module is an argument with all its uses, an output the key
 * of every returned dict. Refused where that code can't be read well enough to be sure.
 */
export function findCodeEdits(workspace: EditorWorkspace, entity: Entity, newName: string): Renaming {
  const module = toModule(workspace, entity);
  if (module?.value === undefined) return NOTHING;
  const { value, folder } = module;
  const path = toPathIn(folder, value.entry.file);
  if (value.language !== 'python') return refuse(path, t('is no Python, so its names can’t be followed'));
  const sharing = findEntryUses(workspace, path).filter((use) => use.function === value.entry.function);
  if (sharing.length > 1) return refuse(path, t`is the entry of several modules (${sharing.map((use) => use.definition.name).join(', ')})`);
  const reading = readEntryOf(workspace, path, value.entry.function);
  // Code that is not there yet has no names to change.
  if (reading === undefined || reading.kind === 'missing') return NOTHING;
  if (reading.kind !== 'found') return refuse(path, t('can’t be read where its function stands'));
  if (entity.kind === 'port' && entity.within.endsWith(' out'))
    return toKeyEdits(workspace, { file: path, entry: reading.entry }, entity.name, newName);
  return toArgumentEdits(workspace, path, value.entry.function, { from: entity.name, to: newName });
}

function toModule(workspace: EditorWorkspace, { kind, within }: Entity) {
  if (kind !== 'port' && kind !== 'param') return undefined;
  const [owner, name = ''] = within.split(' ');
  return owner === 'module' ? workspace.checked.model.modules.get(name) : undefined;
}

function toKeyEdits({ texts }: EditorWorkspace, { file, entry }: ReadCode, from: string, newName: string): Renaming {
  if (entry.returns.kind === 'unknown') return refuse(file, t('returns something whose keys can’t be read from its text'));
  const lines = (texts.get(file) ?? '').split('\n');
  const edits = entry.returns.returns
    .flat()
    .filter(({ key }) => key === from)
    .map(({ range }): TextEdit => {
      const written = lines[range.start.line - 1]?.slice(range.start.column - 1) ?? '';
      const column = range.start.column + (/^[A-Za-z]*(?:"""|'''|["'])/.exec(written)?.[0].length ?? 0);
      const start = { line: range.start.line, column };
      return { file, range: { start, end: { ...start, column: column + from.length } }, newText: newName };
    });
  return { kind: 'edits', edits };
}

function toArgumentEdits(
  { texts, abilities }: EditorWorkspace,
  file: string,
  functionName: string,
  { from, to }: { readonly from: string; readonly to: string },
): Renaming {
  const uses = abilities.python?.findArgument(texts.get(file) ?? '', functionName, from);
  if (uses === undefined || uses.kind === 'none') return NOTHING;
  if (uses.names.includes(to)) return refuse(file, t`uses the name \`${to}\` in this function already`);
  return { kind: 'edits', edits: uses.ranges.map((range) => ({ file, range, newText: to })) };
}

function refuse(file: string, reason: string): Renaming {
  return { kind: 'refused', message: t`${file} ${reason}. Rename it by hand, in the code first.` };
}
