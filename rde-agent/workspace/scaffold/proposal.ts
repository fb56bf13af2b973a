import { CairnError } from '../../protocol/errors.ts';
import type { CreatedDocument } from '../../protocol/documents.ts';
import type { Workspace } from '../workspace.ts';
import { createFiles, type NewFiles } from './writeFiles.ts';

/** The folder that new definitions go to: what stands before the first wildcard of the first glob. */
export function toGlobFolder(globs: readonly string[], fallback: string): string {
  const [glob = fallback] = globs;
  const fixed: string[] = [];
  for (const part of glob.split('/')) {
    if (/[*?{[]/.test(part) || part.endsWith('.yaml')) break;
    fixed.push(part);
  }
  return fixed.length === 0 ? fallback : fixed.join('/');
}

/** Writes files only if the whole workspace would be free of errors in them. */
export async function writeChecked(workspace: Workspace, files: NewFiles, preview: boolean): Promise<CreatedDocument> {
  const existing = createFiles(workspace.root, files, true);
  const { diagnostics } = await workspace.checkWith(Object.fromEntries(files));
  const wrong = diagnostics.find((diagnostic) => diagnostic.severity === 'error' && files.has(diagnostic.file));
  if (wrong !== undefined)
    throw new CairnError('invalid-request', `this would not be right: ${wrong.file}:${wrong.range.start.line}: ${wrong.message}`);
  if (preview) return existing;
  const created = createFiles(workspace.root, files, false);
  await workspace.live.refresh(created.created);
  return created;
}
