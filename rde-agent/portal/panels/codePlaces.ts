import { findLogPlace } from '../../../webviews/protocol/logPlaces.ts';
import { toPlainText } from '../../../webviews/protocol/plainText.ts';
import { t } from '../../../webviews/protocol/words.ts';
import type { LogLine } from '../../protocol/documents.ts';
import type { PushedGraphDocument } from '../../protocol/portalDocuments.ts';
import type { Reason } from '../../protocol/reason.ts';
import type { RunView } from '../../protocol/runView.ts';
import type { TaskView } from '../../protocol/taskView.ts';
import type { GraphStep, WorkflowView } from '../../protocol/workspaceView.ts';
import type { Portal } from '../app/portalContext.ts';

/** Where code is; a view of an open workspace is one. */
export interface CodeFolder {
  /** on this host; `null` = open nowhere: then a place is told, and cannot be gone to */
  readonly root: string | null;
  readonly modules: readonly CodeModule[];
}
interface CodeModule {
  readonly name: string;
  /** in the folder of its code, relative to the root */
  readonly file: string;
  /** relative to that folder */
  readonly entry: { readonly file: string };
}

/** Of a workflow as it was pushed. `root` = where its workspace is open now. */
export function toPushedCode({ code }: Pick<PushedGraphDocument, 'code'>, root: string | null): CodeFolder {
  const modules = Object.entries(code).map(([name, { folder, entry }]): CodeModule => {
    const inside = folder === '' ? '' : `${folder}/`;
    return { name, file: inside, entry: { file: entry.slice(inside.length) } };
  });
  return { root, modules };
}

/** The root of an open workspace by its name; `undefined` = none, or several have the name. */
export async function findWorkspaceOf(portal: Portal, name: string): Promise<string | undefined> {
  const { workspaces } = await portal.link.request('workspace.list', {});
  const [found, ...others] = workspaces.filter((workspace) => workspace.name === name);
  return others.length === 0 ? found?.root : undefined;
}

/** A browser opens no code: it says where it is, with a way into the editor where the workspace is open on this host. */
function showPlace(portal: Portal, code: CodeFolder | null, file: string, line: number | undefined): void {
  const place = line === undefined ? file : `${file}:${line}`;
  const root = code?.root ?? null;
  const isInside = root !== null && !file.startsWith('/') && !file.split('/').includes('..');
  portal.notify({
    kind: 'done',
    text: code !== null && root === null ? t('{0}, in a workspace that is not open on this host', place) : place,
    ...(isInside ? { link: { title: t('Open in VS Code'), href: toEditorLink(`${root}/${place}`) } } : {}),
  });
}

function toEditorLink(path: string): string {
  return `vscode://file${path.split('/').map(encodeURIComponent).join('/').replaceAll('%3A', ':')}`;
}

export function showTaskCode(portal: Portal, code: CodeFolder | null, run: RunView, task: TaskView): void {
  showModule(portal, code, toModuleName(run, task.step));
}

/** Where a step is written. */
export function showStep(portal: Portal, code: CodeFolder | null, workflow: WorkflowView, step: GraphStep): void {
  if (workflow.file === '') return portal.notify({ kind: 'done', text: t('The file of {0} was not pushed with it.', workflow.name) });
  showPlace(portal, code, workflow.file, step.line);
}

export function showModule(portal: Portal, code: CodeFolder | null, name: string): void {
  const module = code?.modules.find((one) => one.name === name);
  if (module === undefined) return showUnknown(portal, name);
  showPlace(portal, code, toFolder(module.file) + module.entry.file, undefined);
}

export function showReason(portal: Portal, code: CodeFolder | null, reason: Reason | undefined): void {
  if (reason?.file !== undefined) showPlace(portal, code, reason.file, reason.line);
}

export function showTaskError(portal: Portal, code: CodeFolder | null, run: RunView, task: TaskView): void {
  const file = task.error?.file;
  if (file !== undefined) showPlace(portal, code, toWorkspaceFile(code, toModuleName(run, task.step), file), task.error?.line);
}

export function showLogPlace(portal: Portal, code: CodeFolder | null, run: RunView, line: LogLine | undefined): void {
  const place = line === undefined ? undefined : findLogPlace(toPlainText(line.text));
  if (place === undefined || line === undefined) return;
  showPlace(portal, code, toWorkspaceFile(code, toModuleName(run, line.step.replace(/\[.*$/s, '')), place.file), place.line);
}

/** Code runs from its module's folder, so a short name is one of a file there. */
function toWorkspaceFile(code: CodeFolder | null, module: string, file: string): string {
  const found = code?.modules.find((one) => one.name === module);
  return found === undefined || file.includes('/') ? file : toFolder(found.file) + file;
}

function toFolder(file: string): string {
  return file.replace(/[^/]*$/, '');
}

function toModuleName(run: RunView, step: string): string {
  return run.steps.find((one) => one.id === step)?.name ?? step;
}

function showUnknown(portal: Portal, name: string): void {
  portal.notify({ kind: 'done', text: t('{0} is not in a workspace that is open.', name) });
}
