import {
  FoldingRangeKind,
  MarkupKind,
  SemanticTokensBuilder,
  SymbolKind,
  type CodeLens,
  type DocumentSymbol as LspSymbol,
  type Hover,
  type LocationLink,
} from 'vscode-languageserver';
import { toLenses } from '../service/codeLenses.ts';
import { toDocumentSymbols, type DocumentSymbol } from '../service/documentSymbols.ts';
import { findDefinitions, findHighlights, findReferences } from '../service/findDefinitions.ts';
import { toFolds } from '../service/foldingRanges.ts';
import { hoverAt } from '../service/hover.ts';
import { toSemanticTokens, TOKEN_TYPES } from '../service/semanticTokens.ts';
import { toLensCommand } from './lensCommands.ts';
import { askModuleFacts } from './moduleFacts.ts';
import { toLspRange, toPosition } from './positions.ts';
import { toTarget, toUri, type ServerContext, type Target } from './serverContext.ts';

/** Everything that looks and changes nothing. */
export function registerReading(context: ServerContext): void {
  const { connection } = context;
  connection.onHover(async ({ textDocument, position }) => {
    const target = toTarget(context, textDocument.uri);
    return target === undefined ? null : toHover(context, target, toPosition(position));
  });
  connection.onDefinition(({ textDocument, position }) => {
    const target = toTarget(context, textDocument.uri);
    return target === undefined ? null : toLinks(target, toPosition(position));
  });
  connection.onReferences(({ textDocument, position, context: { includeDeclaration } }) => {
    const target = toTarget(context, textDocument.uri);
    if (target === undefined) return null;
    const places = findReferences(target.editor, target.path, toPosition(position), includeDeclaration);
    return places.map(({ file, range }) => ({ uri: toUri(target.workspace, file), range: toLspRange(range) }));
  });
  connection.onDocumentHighlight(({ textDocument, position }) => {
    const target = toTarget(context, textDocument.uri);
    if (target === undefined) return null;
    return findHighlights(target.editor, target.path, toPosition(position)).map((range) => ({ range: toLspRange(range) }));
  });
  registerShapes(context);
}

/** What is drawn in and beside the text without being asked for at a place. */
function registerShapes(context: ServerContext): void {
  const { connection } = context;
  connection.onCodeLens(({ textDocument }) => toTargetAnd(context, textDocument.uri, (target) => toCodeLenses(context, target)));
  connection.onDocumentSymbol(({ textDocument }) =>
    toTargetAnd(context, textDocument.uri, ({ editor, path }) => toDocumentSymbols(editor, path).map(toLspSymbol)),
  );
  connection.onFoldingRanges(({ textDocument }) =>
    toTargetAnd(context, textDocument.uri, ({ path, text }) =>
      // Python's folds are those of whoever speaks Python.
      path.endsWith('.py')
        ? []
        : toFolds(text).map(({ start, end, kind }) => ({ startLine: start - 1, endLine: end - 1, kind: FOLD_KINDS[kind] })),
    ),
  );
  connection.languages.semanticTokens.on(({ textDocument }) => {
    const target = toTarget(context, textDocument.uri);
    const builder = new SemanticTokensBuilder();
    for (const { line, column, length, type, isDeclaration } of target === undefined ? [] : toSemanticTokens(target.editor, target.path))
      builder.push(line - 1, column - 1, length, TOKEN_TYPES.indexOf(type), isDeclaration ? 1 : 0);
    return builder.build();
  });
}

const FOLD_KINDS = { region: FoldingRangeKind.Region, comment: FoldingRangeKind.Comment } as const;

function toTargetAnd<T>(context: ServerContext, uri: string, answer: (target: Target) => T[]): T[] {
  const target = toTarget(context, uri);
  return target === undefined ? [] : answer(target);
}

async function toHover(context: ServerContext, target: Target, position: ReturnType<typeof toPosition>): Promise<Hover | null> {
  const hover = hoverAt(target.editor, target.path, position, context.now());
  if (hover === undefined) return null;
  const { range, markdown, entity } = hover;
  const facts = entity?.kind === 'module' ? await askModuleFacts(context, target.workspace.root, entity.name) : '';
  const value = facts === '' ? markdown : `${markdown}\n\n${facts}`;
  return { contents: { kind: MarkupKind.Markdown, value }, ...(range === undefined ? {} : { range: toLspRange(range) }) };
}

function toLinks({ workspace, editor, path }: Target, position: ReturnType<typeof toPosition>): LocationLink[] | null {
  const jump = findDefinitions(editor, path, position);
  if (jump === undefined) return null;
  const originSelectionRange = toLspRange(jump.origin);
  return jump.targets.map(({ file, range }) => ({
    originSelectionRange,
    targetUri: toUri(workspace, file),
    targetRange: toLspRange(range),
    targetSelectionRange: toLspRange(range),
  }));
}

function toCodeLenses(context: ServerContext, { workspace, editor, path }: Target): CodeLens[] {
  return toLenses(editor, path, context.now()).map(({ range, action }) => ({
    range: toLspRange(range),
    command: toLensCommand(action, { root: workspace.root, uri: toUri(workspace, path), range: toLspRange(range) }),
  }));
}

const SYMBOL_KINDS = {
  file: SymbolKind.File,
  step: SymbolKind.Function,
  port: SymbolKind.Interface,
  param: SymbolKind.Variable,
  column: SymbolKind.Field,
  group: SymbolKind.Namespace,
} as const;

function toLspSymbol({ label, detail, kind, range, name, children }: DocumentSymbol): LspSymbol {
  const ranges = { range: toLspRange(range), selectionRange: toLspRange(name) };
  return { name: label, detail, kind: SYMBOL_KINDS[kind], ...ranges, children: children.map(toLspSymbol) };
}
