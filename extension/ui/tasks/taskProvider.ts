import { join, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import { chooseLauncher } from '../../agent/agentLauncher.ts';
import type { UiContext } from '../context.ts';
import { readLauncherOptions, toCliProgram } from '../launcher.ts';
import { ProgramTerminal } from './programTerminal.ts';
import { findTaskKind, TASK_KINDS, TaskWords, toTaskArguments, type TaskKind } from './taskKinds.ts';

const TYPE = 'cairn';

/** `cairn: build`, `build (watch)`, `check` and `test` for every workspace of the open folders. Nothing is started before one of them is run. */
export function registerTasks(context: UiContext): void {
  const { subscriptions } = context.extension;
  subscriptions.push(
    vscode.tasks.registerTaskProvider(TYPE, {
      provideTasks: () => listTasks(context),
      resolveTask: (task) => resolveTask(context, task),
    }),
  );
}

/** Whether a watch of this extension is running: then its problem matcher marks what builds find. */
export function isWatching(): boolean {
  return vscode.tasks.taskExecutions.some(({ task: { definition } }) => definition.type === TYPE && definition['watch'] === true);
}

async function listTasks(context: UiContext): Promise<vscode.Task[]> {
  const roots = await context.roots.refresh();
  return roots.flatMap((root) => {
    const folder = vscode.workspace.getWorkspaceFolder(vscode.Uri.file(root));
    if (folder === undefined) return [];
    const workspace = relative(folder.uri.fsPath, root).split(sep).join('/');
    return TASK_KINDS.map((kind) => toTask(context, kind, { ...kind.words, ...(workspace === '' ? {} : { workspace }) }, folder));
  });
}

/** A task of somebody's `tasks.json`: what it says is kept, and gets something to run. */
function resolveTask(context: UiContext, task: vscode.Task): vscode.Task | undefined {
  const words = TaskWords.safeParse(task.definition).data;
  const kind = words === undefined ? undefined : findTaskKind(words);
  const scope = task.scope;
  const folder = typeof scope === 'object' ? scope : vscode.workspace.workspaceFolders?.[0];
  if (words === undefined || kind === undefined || folder === undefined) return undefined;
  // VS Code wants the very definition that it gave.
  return toTask(context, kind, words, folder, task.definition);
}

function toTask(
  context: UiContext,
  kind: TaskKind,
  words: TaskWords,
  folder: vscode.WorkspaceFolder,
  definition: vscode.TaskDefinition = { type: TYPE, ...words },
): vscode.Task {
  const name = words.workspace === undefined ? kind.name : `${kind.name} - ${words.workspace}`;
  const execution = new vscode.CustomExecution(() => Promise.resolve(toTerminal(context, words, folder)));
  const task = new vscode.Task(definition, folder, name, TYPE, execution, kind.matcher ?? []);
  task.detail = toDetail(kind);
  task.isBackground = kind.words.watch ?? false;
  if (kind.group === 'build') task.group = vscode.TaskGroup.Build;
  if (kind.group === 'test') task.group = vscode.TaskGroup.Test;
  if (task.isBackground) task.presentationOptions = { reveal: vscode.TaskRevealKind.Never, panel: vscode.TaskPanelKind.Dedicated };
  return task;
}

function toTerminal(context: UiContext, words: TaskWords, folder: vscode.WorkspaceFolder): ProgramTerminal {
  const root = join(folder.uri.fsPath, words.workspace ?? '');
  const terminal = new ProgramTerminal({
    launcher: () => chooseLauncher(readLauncherOptions()),
    command: [toCliProgram(context.extension.extensionPath), ...toTaskArguments(words, root)],
    cwd: folder.uri.fsPath,
  });
  context.extension.subscriptions.push(terminal);
  return terminal;
}

function toDetail({ words }: TaskKind): string {
  switch (words.task) {
    case 'build':
      return words.watch === true
        ? vscode.l10n.t('Build what changes, and mark what is wrong, until it is ended')
        : vscode.l10n.t('Build modules and libraries, and make environments ready');
    case 'check':
      return vscode.l10n.t('Find errors in all files of the workspace');
    case 'test':
      return vscode.l10n.t('Run the tests of all modules');
  }
}
