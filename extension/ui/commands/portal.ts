import * as vscode from 'vscode';
import type { UiContext } from '../context.ts';
import { toTime } from '../times.ts';

/** Opens the portal in a browser and shows the code that signs it in, once. The code is typed there: it is never part of a link. */
export async function openPortal(context: UiContext): Promise<void> {
  const { url, code, expires } = await context.link.request('portal.open', {});
  const copy = vscode.l10n.t('Copy Code');
  const text = vscode.l10n.t('Sign in to the portal at {0} with the code {1} until {2}.', url, code, toTime(expires));
  const answered = vscode.window.showInformationMessage(text, copy);
  void vscode.env.openExternal(vscode.Uri.parse(url, true));
  if ((await answered) === copy) await vscode.env.clipboard.writeText(code);
}
