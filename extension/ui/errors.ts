import * as vscode from 'vscode';
import { toCairnError } from '../../rde-agent/protocol/errors.ts';

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
    const showLog = vscode.l10n.t('Show Log');
    const chosen = await vscode.window.showErrorMessage(`${what}: ${error.message} (${error.code}) ${error.next}`, showLog);
    if (chosen === showLog) log.show();
  }
}
