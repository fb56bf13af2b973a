import { join } from 'node:path';
import * as vscode from 'vscode';
import type { DiagnosticDocument } from '../../rde-agent/protocol/documents.ts';
import { toRange, type Diagnostics } from './diagnostics.ts';

const SELECTOR: vscode.DocumentSelector = { scheme: 'file', pattern: '**/*.{yaml,yml,py}' };

/** Repairs that the checker offers, as quick fixes. Offered only while the text is the one that was checked. */
export class QuickFixes implements vscode.CodeActionProvider, vscode.Disposable {
  readonly #diagnostics: Diagnostics;
  readonly #registration: vscode.Disposable;

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
    this.#registration = vscode.languages.registerCodeActionsProvider(SELECTOR, this, {
      providedCodeActionKinds: [vscode.CodeActionKind.QuickFix],
    });
  }

  provideCodeActions(document: vscode.TextDocument, range: vscode.Range, context: vscode.CodeActionContext): vscode.CodeAction[] {
    return this.#diagnostics.of(document).flatMap((found) => {
      if (found.edits === undefined || toRange(found.range).intersection(range) === undefined) return [];
      const shown = context.diagnostics.filter((one) => one.source === 'cairn' && one.code === found.code && one.message === found.message);
      return [toAction(document, found, found.edits, shown)];
    });
  }

  dispose(): void {
    this.#registration.dispose();
  }
}

function toAction(
  document: vscode.TextDocument,
  found: DiagnosticDocument,
  edits: NonNullable<DiagnosticDocument['edits']>,
  shown: vscode.Diagnostic[],
): vscode.CodeAction {
  const action = new vscode.CodeAction(found.fix ?? vscode.l10n.t('Repair'), vscode.CodeActionKind.QuickFix);
  const root = document.uri.fsPath.slice(0, document.uri.fsPath.length - found.file.length);
  action.edit = new vscode.WorkspaceEdit();
  for (const { file, range, newText } of edits) action.edit.replace(vscode.Uri.file(join(root, file)), toRange(range), newText);
  action.diagnostics = shown;
  action.isPreferred = true;
  return action;
}
