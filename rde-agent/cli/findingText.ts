import { join, relative, sep } from 'node:path';
import { MANIFEST_FILE } from '../../language/model/workspace.ts';
import type { DiagnosticDocument } from '../protocol/documents.ts';
import type { CommandContext } from './commandContext.ts';
import { toCount } from './numbers.ts';
import { toPlainText, type Style } from './terminal.ts';

const STYLES: { readonly [severity in 'error' | 'warning' | 'info']: Style } = { error: 'red', warning: 'yellow', info: 'cyan' };

/**
 * Findings for people and for problem matchers, one line each: `path:LINE:COLUMN-END: severity: message [code]`, where END is a column, or
 * `line.column` when it is on another line. Paths are relative to where the user is, so that a terminal can open them.
 */
export function toFindingLines(
  context: Pick<CommandContext, 'folder' | 'paint'>,
  root: string,
  diagnostics: readonly DiagnosticDocument[],
): readonly string[] {
  return diagnostics.flatMap(({ file, range: { start, end }, severity, code, message, fix }) => {
    const path = relative(context.folder, join(root, file === '' ? MANIFEST_FILE : file))
      .split(sep)
      .join('/');
    const until = end.line === start.line ? String(end.column) : `${String(end.line)}.${String(end.column)}`;
    const place = `${toLine(path)}:${String(start.line)}:${String(start.column)}-${until}`;
    const repair = fix === undefined ? [] : [`    fix: ${toLine(fix)}`];
    return [`${place}: ${context.paint(STYLES[severity], severity)}: ${toLine(message)} [${code}]`, ...repair];
  });
}

/** A name of a file can have line ends, and shall not look like findings of its own. */
function toLine(text: string): string {
  return toPlainText(text.replaceAll(/[\r\n]+/g, ' '));
}

/** `1 error, 0 warnings` */
export function toFindingCount(diagnostics: readonly DiagnosticDocument[]): string {
  const count = (severity: string): number => diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  return `${toCount(count('error'), 'error')}, ${toCount(count('warning'), 'warning')}`;
}
