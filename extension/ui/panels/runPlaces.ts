import { existsSync } from 'node:fs';
import { isAbsolute, join, sep } from 'node:path';
import * as vscode from 'vscode';
import type { LogLine } from '../../../rde-agent/protocol/documents.ts';
import type { RunView } from '../../../rde-agent/protocol/runView.ts';
import type { TaskView } from '../../../rde-agent/protocol/taskView.ts';
import type { WorkspaceView } from '../../../rde-agent/protocol/workspaceView.ts';
import { findLogPlace } from '../../../webviews/protocol/logPlaces.ts';
import { toPlainText } from '../../../webviews/protocol/plainText.ts';
import type { UiContext } from '../context.ts';
import { findErrorFile, openAt, openEntry, openReason } from './places.ts';

/** The open workspace that a run is of; `undefined` = it is not open here. */
export interface RunPlace {
  readonly root: string;
  readonly view: WorkspaceView;
}

export function toRunPlace({ roots, link }: UiContext, workspace: string): RunPlace | undefined {
  const root = roots.all.find((one) => link.workspace(one)?.name === workspace) ?? (roots.all.length === 1 ? roots.all[0] : undefined);
  const view = root === undefined ? undefined : link.workspace(root);
  return root === undefined || view === undefined ? undefined : { root, view };
}

/** Opens the function of a task's module; of a task without a module its step in the workflow. */
export async function openTaskCode(panel: vscode.WebviewPanel, { root, view }: RunPlace, run: RunView, task: TaskView): Promise<void> {
  const module = view.modules.find((one) => one.name === moduleOf(run, task));
  if (module !== undefined) return openEntry(panel, root, module);
  const workflow = view.workflows.find((one) => one.name === run.workflow);
  const step = workflow?.steps.find((one) => one.id === task.step);
  if (workflow !== undefined) await openAt(panel, vscode.Uri.joinPath(vscode.Uri.file(root), workflow.file).fsPath, step?.line ?? 1);
}

/** Opens the place that a reason of a task names. */
export function openTaskReason(
  context: UiContext,
  panel: vscode.WebviewPanel,
  { root }: RunPlace,
  task: TaskView,
  index: number,
): Promise<void> {
  return openReason(context, panel, root, task.reasons[index]);
}

/** Opens the line that a task failed at; where it is not in the workspace, the function of its module. */
export async function openTaskError(panel: vscode.WebviewPanel, place: RunPlace, run: RunView, task: TaskView): Promise<void> {
  const { root, view } = place;
  const file = task.error?.file;
  const path = file === undefined ? undefined : findErrorFile(root, view, moduleOf(run, task), file);
  if (path === undefined) await openTaskCode(panel, place, run, task);
  else await openAt(panel, path, task.error?.line ?? 1);
}

/** Opens the file and line that a line of a log names, where it is in the workspace. */
export async function openLogPlace(panel: vscode.WebviewPanel, { root, view }: RunPlace, run: RunView, line: LogLine): Promise<void> {
  const place = findLogPlace(toPlainText(line.text));
  if (place === undefined) return;
  const step = run.steps.find((one) => one.id === line.step.replace(/\[.*$/s, ''));
  const path = findLogFile(root, view, step?.name ?? '', place.file);
  if (path !== undefined) await openAt(panel, path, place.line);
}

/**
 * Code runs from a copy of its module, so a traceback may name a file of that copy: what stands at the end of its path is looked for in the
 * workspace, the longest end first. Nothing outside the workspace is opened.
 */
function findLogFile(root: string, view: WorkspaceView, module: string, file: string): string | undefined {
  const found = findErrorFile(root, view, module, file);
  if (found !== undefined) return found;
  if (!isAbsolute(file)) return undefined;
  const folder = view.modules.find((one) => one.name === module)?.file.replace(/[^/]*$/, '') ?? '';
  const parts = file.split(/[/\\]/).filter((part) => part !== '' && part !== '..');
  const ends = parts.map((_, index) => parts.slice(index).join('/')).slice(-6);
  return ends.flatMap((end) => [join(root, folder, end), join(root, end)]).find((path) => path.startsWith(root + sep) && existsSync(path));
}

function moduleOf(run: RunView, task: TaskView): string {
  return run.steps.find((step) => step.id === task.step)?.name ?? '';
}
