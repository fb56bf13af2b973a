import * as vscode from 'vscode';
import type { UiContext } from '../context.ts';
import { withProgress } from '../progress.ts';
import { toLedgerText } from './ledgerText.ts';
import type { CommandSurfaces } from './surfaces.ts';

/** What reuse has saved, as a page that is read. */
export async function showLedger(context: UiContext, _argument: unknown, { previews }: CommandSurfaces): Promise<void> {
  const [days, workflows, namespaces] = await withProgress(vscode.l10n.t('Cairn: adding up'), (signal) =>
    Promise.all([
      context.link.request('ledger.show', { by: 'day', limit: 30 }, signal),
      context.link.request('ledger.show', { by: 'workflow', limit: 50 }, signal),
      context.link.request('ledger.show', { by: 'namespace', limit: 50 }, signal),
    ]),
  );
  await previews.showMarkdown('ledger.md', toLedgerText({ days, workflows, namespaces }));
}
