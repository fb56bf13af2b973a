import { join } from 'node:path';
import * as vscode from 'vscode';
import { AGENT_LOG_FILE } from '../../../rde-agent/protocol/wire.ts';
import type { UiContext } from '../context.ts';
import { followRoots } from '../modulesView.ts';

/** Connects to the agent now, starting one where none runs. Fails with the reason that keeps it away. */
export async function startAgent(context: UiContext): Promise<void> {
  context.link.retry();
  const { pid, version } = await context.link.request('agent.status', {});
  await followRoots(context);
  vscode.window.setStatusBarMessage(vscode.l10n.t('Cairn: the agent {0} runs as process {1}.', version, pid), 5_000);
}

export async function openAgentLog({ link }: UiContext): Promise<void> {
  const uri = vscode.Uri.file(join(link.stateFolder, AGENT_LOG_FILE));
  await vscode.window.showTextDocument(uri, { preview: true });
}
