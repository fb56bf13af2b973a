import type { DiagnosticCode, Severity } from '../../language/model/diagnostic.ts';
import { type FolderNode, joinPath } from './folderNode.ts';

/** Something on disk that can't be part of a tree. */
export interface IndexProblem {
  readonly path: string;
  readonly severity: Severity;
  readonly code: DiagnosticCode;
  readonly message: string;
}

/** Names that another system could not hold, or that were not text at all. */
export function findNameProblem(at: string, disk: string): IndexProblem | undefined {
  if (disk.includes('\uFFFD'))
    return { path: at, severity: 'error', code: 'invalid-value', message: 'the name is not valid UTF-8: rename it' };
  if (/[\\\u0000-\u001f]/.test(disk))
    return { path: at, severity: 'error', code: 'invalid-value', message: 'the name has a backslash or a control character: rename it' };
  return undefined;
}

/** Two names of one folder that differ only in case (or in how accents are written) can't live on every system. */
export function toCollision(parent: FolderNode, disk: string): IndexProblem | undefined {
  const name = disk.normalize('NFC');
  const other = parent.folded.get(name.toLowerCase());
  if (other === undefined) return undefined;
  const taken = parent.files.get(other) ?? parent.folders.get(other);
  if (taken === undefined || taken.disk === disk) return undefined;
  const message = `differs from ${joinPath(parent.path, other)} only in case or in how accents are written: rename one of them`;
  return { path: joinPath(parent.path, name), severity: 'error', code: 'duplicate-name', message };
}
