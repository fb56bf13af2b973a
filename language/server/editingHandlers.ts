import {
  CodeActionKind,
  CompletionItemKind,
  LSPErrorCodes,
  ResponseError,
  type CodeAction,
  type CompletionItem,
  type TextEdit as LspTextEdit,
  type WorkspaceEdit,
} from 'vscode-languageserver';
import type { Diagnostic, TextEdit } from '../model/diagnostic.ts';
import { completePython } from '../service/completePython.ts';
import { completeYaml, type Completion } from '../service/completeYaml.ts';
import { renameAt, startRename } from '../service/renameEntity.ts';
import type { Suggestion } from '../service/suggestion.ts';
import { toLspDiagnostic } from './diagnosticsPublisher.ts';
import { toLspRange, toPosition } from './positions.ts';
import { toTarget, toUri, type ServerContext, type Target } from './serverContext.ts';
import type { ServerWorkspace } from './serverWorkspace.ts';

/** Everything that offers or makes changes of texts. */
export function registerEditing(context: ServerContext): void {
  const { connection } = context;
  connection.onCompletion(({ textDocument, position }) => {
    const target = toTarget(context, textDocument.uri);
    return target === undefined ? [] : complete(target, toPosition(position));
  });
  connection.onCodeAction(({ textDocument, range }) => {
    const target = toTarget(context, textDocument.uri);
    return target === undefined ? [] : toCodeActions(target, range);
  });
  connection.onPrepareRename(({ textDocument, position }) => {
    const target = toTarget(context, textDocument.uri);
    if (target === undefined) return null;
    const start = startRename(target.editor, target.path, toPosition(position));
    if (start.kind === 'refused') return toRefusal(start.message);
    return { range: toLspRange(start.range), placeholder: start.name };
  });
  connection.onRenameRequest(({ textDocument, position, newName }) => {
    const target = toTarget(context, textDocument.uri);
    if (target === undefined) return null;
    const renaming = renameAt(target.editor, target.path, toPosition(position), newName);
    return renaming.kind === 'refused' ? toRefusal(renaming.message) : toWorkspaceEdit(target.workspace, renaming.edits);
  });
}

/** Shown by the editor as it is. */
function toRefusal(message: string): ResponseError<void> {
  return new ResponseError(LSPErrorCodes.RequestFailed, message);
}

function complete({ editor, path, text }: Target, position: ReturnType<typeof toPosition>): CompletionItem[] {
  const completion = path.endsWith('.py') ? completePython(editor, path, text, position) : completeYaml(editor, path, text, position);
  return completion === undefined ? [] : completion.suggestions.map((suggestion) => toItem(suggestion, completion));
}

const KINDS: { readonly [kind in Suggestion['kind']]: CompletionItemKind } = {
  key: CompletionItemKind.Property,
  value: CompletionItemKind.EnumMember,
  module: CompletionItemKind.Function,
  dataset: CompletionItemKind.Class,
  workflow: CompletionItemKind.Class,
  environment: CompletionItemKind.Module,
  library: CompletionItemKind.Module,
  step: CompletionItemKind.Variable,
  port: CompletionItemKind.Field,
  param: CompletionItemKind.Variable,
  column: CompletionItemKind.Field,
  label: CompletionItemKind.Keyword,
};

function toItem({ label, kind, insert, detail, documentation, rank }: Suggestion, { range }: Completion): CompletionItem {
  return {
    label,
    kind: KINDS[kind],
    sortText: `${rank}${label}`,
    filterText: label,
    textEdit: { range: toLspRange(range), newText: insert },
    ...(detail === '' ? {} : { detail }),
    ...(documentation === '' ? {} : { documentation }),
  };
}

function toCodeActions({ workspace, editor, path }: Target, range: LspTextEdit['range']): CodeAction[] {
  return editor.checked.diagnostics.flatMap((found): CodeAction[] => {
    if (found.file !== path || found.fix === undefined || !touches(found, range)) return [];
    const { title, edits } = found.fix;
    const edit = toWorkspaceEdit(workspace, edits);
    return [{ title, kind: CodeActionKind.QuickFix, isPreferred: true, diagnostics: [toLspDiagnostic(found)], edit }];
  });
}

function touches({ range }: Diagnostic, { start, end }: LspTextEdit['range']): boolean {
  const found = toLspRange(range);
  const isBefore = (one: typeof start, other: typeof start): boolean =>
    one.line < other.line || (one.line === other.line && one.character < other.character);
  return !isBefore(end, found.start) && !isBefore(found.end, start);
}

function toWorkspaceEdit(workspace: ServerWorkspace, edits: readonly TextEdit[]): WorkspaceEdit {
  const changes: { [uri: string]: LspTextEdit[] } = {};
  for (const { file, range, newText } of edits) {
    const uri = toUri(workspace, file);
    (changes[uri] ??= []).push({ range: toLspRange(range), newText });
  }
  return { changes };
}
