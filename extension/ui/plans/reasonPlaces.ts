import { existsSync } from 'node:fs';
import { join, normalize, sep } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import type { Reason } from '../../../rde-agent/protocol/reason.ts';
import type { UiContext } from '../context.ts';

/** Where a reason leads: a file of a workspace, never one outside. `line` from 1. */
const PlaceArgument = z.object({ root: z.string(), file: z.string(), line: z.optional(z.int().check(z.gte(1))) });
export type PlaceArgument = z.infer<typeof PlaceArgument>;

export const OPEN_PLACE = 'cairn.openPlace';

/** What the command takes; `undefined` = the reason names no file. */
export function toPlaceArgument(root: string, { file, line }: Reason): PlaceArgument | undefined {
  return file === undefined ? undefined : { root, file, ...(line === undefined ? {} : { line }) };
}

/** Opens the file and line that a reason names. Throws `invalid-request` when it is not there any more. */
export async function openPlace(context: UiContext, argument: unknown, viewColumn?: vscode.ViewColumn): Promise<void> {
  const { data } = PlaceArgument.safeParse(argument);
  if (data === undefined || !context.roots.all.includes(data.root)) return;
  const path = normalize(join(data.root, data.file));
  if (!path.startsWith(data.root + sep) || !existsSync(path)) {
    throw new CairnError('invalid-request', vscode.l10n.t('{0} is not in this workspace any more.', data.file), {
      next: vscode.l10n.t('Look for it in the history of the repository.'),
    });
  }
  const at = new vscode.Position((data.line ?? 1) - 1, 0);
  const column = findColumn(path) ?? viewColumn;
  const shown = { selection: new vscode.Range(at, at), ...(column === undefined ? {} : { viewColumn: column }) };
  const editor = await vscode.window.showTextDocument(vscode.Uri.file(path), shown);
  editor.revealRange(new vscode.Range(at, at), vscode.TextEditorRevealType.InCenterIfOutsideViewport);
}

/** Where the file is in sight already. */
function findColumn(path: string): vscode.ViewColumn | undefined {
  return vscode.window.visibleTextEditors.find((editor) => editor.document.uri.fsPath === path)?.viewColumn;
}
