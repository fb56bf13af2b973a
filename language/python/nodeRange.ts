import type { Node } from '@vscode/tree-sitter-wasm';
import type { Range } from '../model/diagnostic.ts';

/** Rows and columns of the parser count from 0, in UTF-16 code units. */
export function toNodeRange(node: Node): Range {
  const { startPosition: start, endPosition: end } = node;
  return { start: { line: start.row + 1, column: start.column + 1 }, end: { line: end.row + 1, column: end.column + 1 } };
}
