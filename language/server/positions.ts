import type { Position as LspPosition, Range as LspRange } from 'vscode-languageserver';
import type { Position, Range } from '../model/diagnostic.ts';

/** Ours count from 1, the protocol's from 0; both count columns in UTF-16 code units. */
export function toLspRange({ start, end }: Range): LspRange {
  return { start: toLspPosition(start), end: toLspPosition(end) };
}

function toLspPosition({ line, column }: Position): LspPosition {
  return { line: line - 1, character: column - 1 };
}

export function toPosition({ line, character }: LspPosition): Position {
  return { line: line + 1, column: character + 1 };
}
