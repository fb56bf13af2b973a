import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { toCairnError } from '../../../rde-agent/protocol/errors.ts';
import type { UiContext } from '../context.ts';
import { withProgress } from '../progress.ts';
import { orCancel } from './orCancel.ts';

const EXAMPLE = 'flights';
/** Kept over the opening of the folder, which starts the extension anew: what it shows then. */
const OPENED = 'cairn.exampleOpened';

interface Place extends vscode.QuickPickItem {
  /** absent: a person chooses */
  readonly folder?: string;
}

/** Copies the example into a folder of the user's own and opens it. One question: where. */
export async function openExample(context: UiContext): Promise<void> {
  const folder = await askFolder();
  if (!existsSync(join(folder, 'cairn.yaml'))) {
    await withProgress(vscode.l10n.t('Cairn: copying the example'), (signal) =>
      context.link.request('workspace.init', { root: folder, example: EXAMPLE }, signal),
    );
    void prepare(context, folder);
  }
  await context.extension.globalState.update(OPENED, folder);
  const uri = vscode.Uri.file(folder);
  if (vscode.workspace.getWorkspaceFolder(uri)?.uri.fsPath === folder) return showFirst(context);
  const isEmpty = vscode.workspace.workspaceFolders === undefined;
  await vscode.commands.executeCommand('vscode.openFolder', uri, isEmpty ? { forceReuseWindow: true } : { forceNewWindow: true });
}

/** After the example was opened for the first time: its main workflow, and the graph of it. */
export async function showFirst(context: UiContext): Promise<void> {
  const folder = context.extension.globalState.get<string>(OPENED);
  const isOpen = vscode.workspace.workspaceFolders?.some(({ uri }) => uri.fsPath === folder) ?? false;
  if (folder === undefined || !isOpen || !vscode.workspace.isTrusted) return;
  await context.extension.globalState.update(OPENED, undefined);
  void prepare(context, folder);
  const workflow = vscode.Uri.file(join(folder, 'workflows/train-delay-model.workflow.yaml'));
  await vscode.window.showTextDocument(workflow, { preview: false });
  await vscode.commands.executeCommand('cairn.showGraph', workflow);
}

/**
 * Makes the environment while a window opens and a person looks around, so that the first run waits the less: it joins what is under way, and tells
 * what fails. Another window that asks for it does, too; one that is closed stops only its own waiting.
 */
async function prepare({ link, log }: UiContext, folder: string): Promise<void> {
  const options = { location: vscode.ProgressLocation.Window, title: vscode.l10n.t('Cairn: making the environment of the example') };
  try {
    await vscode.window.withProgress(options, () => link.request('environment.sync', { root: folder, environments: [] }));
  } catch (thrown) {
    const { code, message } = toCairnError(thrown);
    log.info(`The environment of the example was not made ahead: ${message} (${code})`);
  }
}

async function askFolder(): Promise<string> {
  const open = vscode.workspace.workspaceFolders?.[0]?.uri;
  const places: Place[] = [];
  if (open?.scheme === 'file' && isFree(open.fsPath))
    places.push({ label: vscode.l10n.t('$(folder) In the folder that is open'), description: open.fsPath, folder: open.fsPath });
  const own = join(homedir(), 'cairn-flights');
  if (isFree(own) || existsSync(join(own, 'cairn.yaml')))
    places.push({ label: vscode.l10n.t('$(home) In a new folder of mine'), description: own, folder: own });
  places.push({ label: vscode.l10n.t('$(folder-opened) Choose a folder…') });
  const placeHolder = vscode.l10n.t('Where to? About 130 MB of packages are downloaded meanwhile, for the first run.');
  const place = orCancel(
    await vscode.window.showQuickPick(places, { title: vscode.l10n.t('Open the Example'), placeHolder, ignoreFocusOut: true }),
  );
  if (place.folder !== undefined) return place.folder;
  const [chosen] = orCancel(
    await vscode.window.showOpenDialog({
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: vscode.l10n.t('Copy the Example Here'),
    }),
  );
  const parent = orCancel(chosen).fsPath;
  return isFree(parent) || existsSync(join(parent, 'cairn.yaml')) ? parent : join(parent, 'cairn-flights');
}

/** Not there yet, or empty but for hidden files. */
function isFree(folder: string): boolean {
  return !existsSync(folder) || readdirSync(folder).every((name) => name.startsWith('.'));
}
