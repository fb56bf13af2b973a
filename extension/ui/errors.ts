import * as vscode from 'vscode';
import { toCairnError, type CairnError } from '../../rde-agent/protocol/errors.ts';

/**
 * Runs what a person asked for. A failure becomes one notification: what failed with its code, the next step, and the log;
 * a cancellation is silent.
 */
export async function attempt(log: vscode.LogOutputChannel, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (thrown) {
    const error = toCairnError(thrown);
    if (error.code === 'cancelled') return;
    log.error(`${what}: ${error.code}: ${error.message}`, thrown instanceof Error && error.code === 'internal' ? thrown : '');
    await tell(log, what, error);
  }
}

/** Findings are marked where they are: for those the notification leads to the list of problems, for the rest to the log. */
async function tell(log: vscode.LogOutputChannel, what: string, error: CairnError): Promise<void> {
  const isCheck = error.code === 'check-failed';
  const [first = error.message] = error.message.split('\n', 1);
  const text = isCheck ? `${what}: ${first.replace(/:$/, '')}.` : `${what}: ${error.message} (${error.code}) ${error.next}`;
  const action = isCheck ? vscode.l10n.t('Show Problems') : vscode.l10n.t('Show Log');
  const chosen = await vscode.window.showErrorMessage(text, action);
  if (chosen === undefined) return;
  if (isCheck) await vscode.commands.executeCommand('workbench.actions.view.problems');
  else log.show();
}
