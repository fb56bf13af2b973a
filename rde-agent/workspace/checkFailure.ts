import type { Diagnostic } from '../../language/model/diagnostic.ts';
import { MANIFEST_FILE } from '../../language/model/workspace.ts';
import { CairnError } from '../protocol/errors.ts';
import type { DiagnosticDocument } from '../protocol/documents.ts';

/** findings that a message names */
const SHOWN = 5;

/** `check-failed` with the first errors, each with its place. `what` begins the sentence. */
export function toCheckFailure(what: string, diagnostics: readonly Diagnostic[], next?: string): CairnError {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error');
  const lines = errors.slice(0, SHOWN).map(({ file, range, message }) => `${file}:${range.start.line}:${range.start.column}: ${message}`);
  const more = errors.length > SHOWN ? `\n… and ${errors.length - SHOWN} more` : '';
  const count = errors.length === 1 ? '' : `${errors.length} errors:\n`;
  return new CairnError('check-failed', `${what}: ${count}${lines.join('\n')}${more}`, next === undefined ? {} : { next });
}

export function toDiagnosticDocument(diagnostic: Diagnostic): DiagnosticDocument {
  const { file, range, severity, code, message, fix } = diagnostic;
  return { file, range, severity, code, message, ...(fix === undefined ? {} : { fix: fix.title, edits: [...fix.edits] }) };
}

/** `cairn.yaml`, or the file of a module or library, whether it can be read or not. */
export function isCodeDefinition(file: string): boolean {
  return file === MANIFEST_FILE || /(?:^|\/)(?:module|library)\.yaml$/.test(file);
}
