import { existsSync } from 'node:fs';
import { isAbsolute, join, sep } from 'node:path';
import * as vscode from 'vscode';
import type { ModuleView, WorkspaceView } from '../../../rde-agent/protocol/workspaceView.ts';
import type { Reason } from '../../../rde-agent/protocol/reason.ts';
import type { UiContext } from '../context.ts';
import { toEntryPath } from '../modulesView.ts';
import { openPlace, toPlaceArgument } from '../plans/reasonPlaces.ts';

/** Opens a file at a line (from 1) beside the panel that asked, so that the panel stays in sight. */
export async function openAt(panel: vscode.WebviewPanel, path: string, line: number): Promise<void> {
  const at = new vscode.Position(Math.max(0, line - 1), 0);
  const viewColumn = toOtherColumn(panel);
  const editor = await vscode.window.showTextDocument(vscode.Uri.file(path), { selection: new vscode.Range(at, at), viewColumn });
  editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

function toOtherColumn(panel: vscode.WebviewPanel): vscode.ViewColumn {
  if (panel.viewColumn !== vscode.ViewColumn.One) return vscode.ViewColumn.One;
  return vscode.window.tabGroups.all.length === 1 ? vscode.ViewColumn.Beside : vscode.ViewColumn.Two;
}

/** Opens the function that a module's contract names; where it cannot be found, its file. */
export async function openEntry(panel: vscode.WebviewPanel, root: string, module: ModuleView): Promise<void> {
  const path = toEntryPath(root, module);
  const document = await vscode.workspace.openTextDocument(vscode.Uri.file(path));
  const lines = document.getText().split(/\r?\n/);
  const found = lines.findIndex(
    (line) => /^(?:async\s+)?def\s/.test(line) && line.replace(/^(?:async\s+)?def\s+/, '').startsWith(`${module.entry.function}(`),
  );
  await openAt(panel, path, found + 1);
}

/** Opens what a reason names, beside the panel; nothing where it names no file. */
export async function openReason(context: UiContext, panel: vscode.WebviewPanel, root: string, reason: Reason | undefined): Promise<void> {
  const argument = reason === undefined ? undefined : toPlaceArgument(root, reason);
  if (argument !== undefined) await openPlace(context, argument, toOtherColumn(panel));
}

/** A file that a task's error names: relative to the workspace or to one of its modules. Nothing outside the workspace is opened. */
export function findErrorFile(root: string, view: WorkspaceView, module: string, file: string): string | undefined {
  if (isAbsolute(file)) return file.startsWith(root + sep) && existsSync(file) ? file : undefined;
  const folder = view.modules.find((one) => one.name === module)?.file.replace(/[^/]*$/, '') ?? '';
  return [join(root, file), join(root, folder, file)].find((path) => path.startsWith(root + sep) && existsSync(path));
}
