import type { BuildFailure, Message } from 'esbuild';
import type { Diagnostic } from '../../../language/model/diagnostic.ts';

const CODE = 'build-failed';

/** esbuild's errors as findings in the user's files. What has no place is put at the start of `file`. */
export function toBuildDiagnostics(messages: readonly Message[], file: string): readonly Diagnostic[] {
  return messages.map((message) => toDiagnostic(message, file));
}

/** The errors of a failed build; `undefined` = something else was thrown. */
export function toBuildErrors(thrown: unknown): readonly Message[] | undefined {
  if (!(thrown instanceof Error) || !('errors' in thrown) || !Array.isArray(thrown.errors)) return undefined;
  return (thrown as BuildFailure).errors;
}

/** Its notes propose options of esbuild, which nobody can set here. */
function toDiagnostic({ text, location }: Message, file: string): Diagnostic {
  if (location === null) return createDiagnostic(file, text, 1, 1, 1);
  const start = toColumn(location.lineText, location.column);
  const end = toColumn(location.lineText, location.column + location.length);
  return createDiagnostic(location.file, text, location.line, start, Math.max(end, start + 1));
}

/** A finding of a build. Lines and columns from 1, `end` in the same line. */
export function createDiagnostic(file: string, message: string, line: number, column: number, end: number): Diagnostic {
  return { file, range: { start: { line, column }, end: { line, column: end } }, severity: 'error', code: CODE, message };
}

/** esbuild counts the bytes of UTF-8 from 0, editors UTF-16 code units, and we from 1. */
function toColumn(text: string, bytes: number): number {
  return Buffer.from(text, 'utf8').subarray(0, bytes).toString('utf8').length + 1;
}
