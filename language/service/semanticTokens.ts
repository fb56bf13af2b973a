import type { EditorWorkspace } from './editorWorkspace.ts';
import type { Entity, Occurrence } from './entity.ts';
import { collectFileOccurrences } from './occurrences.ts';

/** Names of token types that every editor's themes know; the legend of what is sent. */
export const TOKEN_TYPES = ['class', 'function', 'namespace', 'variable', 'property', 'parameter', 'enumMember'] as const;
export const TOKEN_MODIFIERS = ['declaration'] as const;

const TYPES: { readonly [kind in Entity['kind']]: (typeof TOKEN_TYPES)[number] } = {
  module: 'function',
  library: 'namespace',
  dataset: 'class',
  environment: 'namespace',
  workflow: 'class',
  step: 'variable',
  port: 'property',
  param: 'parameter',
  element: 'parameter',
  column: 'enumMember',
};

/** A word of a file with what it is. Lines and columns from 1; ordered, without overlaps, each within one line. */
export interface SemanticToken {
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly type: (typeof TOKEN_TYPES)[number];
  readonly isDeclaration: boolean;
}

export function toSemanticTokens(workspace: EditorWorkspace, file: string): readonly SemanticToken[] {
  const tokens = collectFileOccurrences(workspace, file).filter(isInOneLine).map(toToken);
  tokens.sort((one, other) => one.line - other.line || one.column - other.column || one.length - other.length);
  return tokens.filter((token, index) => {
    const before = tokens[index - 1];
    return before?.line !== token.line || before.column + before.length <= token.column;
  });
}

function isInOneLine({ range }: Occurrence): boolean {
  return range.start.line === range.end.line && range.end.column > range.start.column;
}

function toToken({ range, entity, role }: Occurrence): SemanticToken {
  const { line, column } = range.start;
  return { line, column, length: range.end.column - column, type: TYPES[entity.kind], isDeclaration: role !== 'reference' };
}
