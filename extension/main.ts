import { join } from 'node:path';
import * as vscode from 'vscode';
import { toStateFolder } from '../rde-agent/client/stateFolder.ts';
import { ensureAgent } from './agent/agentLauncher.ts';
import { AgentLink } from './agent/agentLink.ts';
import { Roots } from './platform/roots.ts';
import { SavedDocuments } from './platform/savedDocuments.ts';
import { AgentFindings } from './ui/agentFindings.ts';
import { showFirst } from './ui/commands/openExample.ts';
import { registerCommands } from './ui/commands/registerCommands.ts';
import type { UiContext } from './ui/context.ts';
import { keepContextKeys } from './ui/contextKeys.ts';
import { Language } from './ui/language/language.ts';
import { readLauncherOptions } from './ui/launcher.ts';
import { Panels } from './ui/panels/panels.ts';
import { registerPlans } from './ui/plans/registerPlans.ts';
import { ShownWorkflows } from './ui/plans/shownWorkflows.ts';
import { PreviewDocuments } from './ui/previewDocuments.ts';
import { RunLogs } from './ui/runLogs.ts';
import { createStatusBar } from './ui/statusBar.ts';
import { registerTasks } from './ui/tasks/taskProvider.ts';
import { ModuleTests } from './ui/tests/moduleTests.ts';
import { registerViews } from './ui/views.ts';
import { setWords } from '../webviews/protocol/words.ts';

/** Builds, connects, registers. Nothing here starts a process, opens a socket or looks for files: the first use of anything does. */
export function activate(extension: vscode.ExtensionContext): void {
  setWords(vscode.l10n.bundle);
  const log = vscode.window.createOutputChannel('Cairn', { log: true });
  const link = createLink(extension, log);
  const context: UiContext = { extension, link, roots: new Roots(extension.subscriptions), saved: new SavedDocuments(), log };
  const shown = new ShownWorkflows(context);
  const panels = new Panels(context, shown);
  const logs = new RunLogs(context);
  const previews = new PreviewDocuments();
  extension.subscriptions.push(log, { dispose: () => link.dispose() }, context.saved, shown, panels, logs, previews);
  extension.subscriptions.push(
    new Language(context),
    new AgentFindings(context),
    new ModuleTests(context),
    createStatusBar(context, shown),
    keepContextKeys(context),
  );
  const views = registerViews(context, shown);
  registerPlans(context, shown);
  registerTasks(context);
  registerCommands(context, { panels, logs, previews, views });
  void showFirst(context).catch((error: unknown) => log.error(String(error)));
}

function createLink(extension: vscode.ExtensionContext, log: vscode.LogOutputChannel): AgentLink {
  const stateFolder = toStateFolder(process.env);
  const agentEntry = join(extension.extensionPath, 'dist/agent/agent.mjs');
  return new AgentLink({
    stateFolder,
    ensureAgent: () => ensureAgent(stateFolder, agentEntry, readLauncherOptions()),
    onError: (error) => log.error(error instanceof Error ? error : String(error)),
  });
}
