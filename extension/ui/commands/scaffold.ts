import { join } from 'node:path';
import * as vscode from 'vscode';
import { isQualifiedName } from '../../../language/model/names.ts';
import type { CreatedDocument } from '../../../rde-agent/protocol/documents.ts';
import { CairnError, toCairnError } from '../../../rde-agent/protocol/errors.ts';
import type { ParamsOf } from '../../../rde-agent/protocol/operations.ts';
import type { UiContext } from '../context.ts';
import { followRoots } from '../modulesView.ts';
import type { PreviewDocuments } from '../previewDocuments.ts';
import { orCancel } from './orCancel.ts';
import { splitPorts } from './portTexts.ts';
import type { CommandSurfaces } from './surfaces.ts';
import { toWorkspaceTarget, type WorkspaceTarget } from './targets.ts';

type ModuleKind = NonNullable<ParamsOf<'workspace.newModule'>['kind']>;

const toKinds = (): readonly { readonly label: ModuleKind; readonly description: string }[] => [
  { label: 'data', description: vscode.l10n.t('makes tables out of tables') },
  { label: 'train', description: vscode.l10n.t('makes a model') },
  { label: 'evaluate', description: vscode.l10n.t('measures a model') },
  { label: 'package', description: vscode.l10n.t('makes something to be deployed') },
  { label: 'deploy', description: vscode.l10n.t('brings it to its users') },
];

/** Makes the open folder a workspace that runs at once; shows before what will be written. */
export async function initWorkspace(context: UiContext, _argument: unknown, { previews }: CommandSurfaces): Promise<void> {
  const root = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath;
  if (root === undefined)
    throw new CairnError('no-workspace', vscode.l10n.t('No folder is open.'), { next: vscode.l10n.t('Open a folder first.') });
  const title = vscode.l10n.t('Initialize Workspace');
  const preview = await context.link.request('workspace.init', { root, preview: true });
  await confirmFiles(title, preview, previews);
  const { created } = await context.link.request('workspace.init', { root });
  await context.roots.refresh();
  await followRoots(context);
  await openFirst(root, created, '.workflow.yaml');
}

/** Name, kind, inputs, outputs, then the files as they will be; nothing is written before that. */
export async function newModule(context: UiContext, argument: unknown, { previews }: CommandSurfaces): Promise<void> {
  const target = await toWorkspaceTarget(context, argument);
  const { root } = target;
  const name = await askName(
    vscode.l10n.t('New Module (1/5): name'),
    target,
    target.view.modules.map((module) => module.name),
  );
  const kind = await askKind();
  const base = { root, name, kind };
  const inputs = splitPorts(
    await askPorts(context, vscode.l10n.t('New Module (3/5): inputs'), (ports) => ({ ...base, inputs: ports, outputs: ['result'] })),
  );
  const outputs = splitPorts(
    await askPorts(context, vscode.l10n.t('New Module (4/5): outputs'), (ports) => ({ ...base, inputs, outputs: ports })),
  );
  const request = { ...base, inputs, outputs };
  const preview = await context.link.request('workspace.newModule', { ...request, preview: true });
  await confirmFiles(vscode.l10n.t('New Module (5/5): {0}', name), preview, previews);
  const { created } = await context.link.request('workspace.newModule', request);
  await openFirst(root, created, '.py');
}

/** Name and modules in order; the steps are wired by what fits. */
export async function newWorkflow(context: UiContext, argument: unknown, { previews }: CommandSurfaces): Promise<void> {
  const target = await toWorkspaceTarget(context, argument);
  const { root, view } = target;
  const name = await askName(
    vscode.l10n.t('New Workflow (1/3): name'),
    target,
    view.workflows.map((workflow) => workflow.name),
  );
  const modules = await askModules(view.modules.map((module) => module.name));
  const preview = await context.link.request('workspace.newWorkflow', { root, name, modules, preview: true });
  await confirmFiles(vscode.l10n.t('New Workflow (3/3): {0}', name), preview, previews);
  const { created } = await context.link.request('workspace.newWorkflow', { root, name, modules });
  await openFirst(root, created, '.yaml');
}

async function askName(title: string, { view }: WorkspaceTarget, taken: readonly string[]): Promise<string> {
  const namespace = (view.modules[0]?.name ?? `${view.name}/`).split('/', 1)[0] ?? view.name;
  const validateInput = (text: string): string | undefined => {
    if (taken.includes(text)) return vscode.l10n.t('{0} is there already.', text);
    return isQualifiedName(text) ? undefined : vscode.l10n.t('namespace/name in lower case, such as {0}/clean', namespace);
  };
  const value = `${namespace}/`;
  const options = {
    title,
    prompt: vscode.l10n.t('namespace/name'),
    value,
    valueSelection: [value.length, value.length] as [number, number],
  };
  return orCancel(await vscode.window.showInputBox({ ...options, validateInput, ignoreFocusOut: true }));
}

async function askKind(): Promise<ModuleKind> {
  const options = { title: vscode.l10n.t('New Module (2/5): kind'), ignoreFocusOut: true };
  return orCancel(await vscode.window.showQuickPick(toKinds(), options)).label;
}

/** The agent itself says while one types whether the ports make sense. */
async function askPorts(
  context: UiContext,
  title: string,
  toRequest: (ports: string[]) => ParamsOf<'workspace.newModule'>,
): Promise<string> {
  let newest = 0;
  const validateInput = async (text: string): Promise<string | undefined> => {
    const asked = (newest += 1);
    if (text.trim() === '') return undefined;
    try {
      await context.link.request('workspace.newModule', { ...toRequest(splitPorts(text)), preview: true });
      return undefined;
    } catch (error) {
      return asked === newest ? toCairnError(error).message : undefined;
    }
  };
  const placeHolder = 'flights: table(carrier: string, dep_delay: float64), report: json';
  const prompt = vscode.l10n.t('name: type, separated by commas; empty for none or the usual ones of this kind');
  return orCancel(await vscode.window.showInputBox({ title, placeHolder, prompt, validateInput, ignoreFocusOut: true }));
}

/** One after another, since their order is the order of the steps. */
async function askModules(names: readonly string[]): Promise<string[]> {
  const chosen: string[] = [];
  for (;;) {
    const done =
      chosen.length === 0 ? [] : [{ label: '$(check) ' + vscode.l10n.t('Done'), description: chosen.join(' → '), name: undefined }];
    const items = [...done, ...names.map((name) => ({ label: name, description: '', name }))];
    const placeHolder = chosen.length === 0 ? vscode.l10n.t('First module') : vscode.l10n.t('Next module, or Done');
    const picked = orCancel(
      await vscode.window.showQuickPick(items, {
        title: vscode.l10n.t('New Workflow (2/3): step {0}', chosen.length + 1),
        placeHolder,
        ignoreFocusOut: true,
      }),
    );
    if (picked.name === undefined) return chosen;
    chosen.push(picked.name);
  }
}

/** Shows what will be written; a file opens as a preview beside the question. Throws `cancelled`. */
async function confirmFiles(title: string, { created, contents }: CreatedDocument, previews: PreviewDocuments): Promise<void> {
  const label = created.length === 1 ? vscode.l10n.t('Create 1 file') : vscode.l10n.t('Create {0} files', created.length);
  const create = { label: `$(check) ${label}`, file: undefined };
  const files = created.map((file) => ({
    label: `$(file) ${file}`,
    description: vscode.l10n.t('preview'),
    detail: toFirstLine(contents?.[file] ?? ''),
    file,
  }));
  const separator = { label: vscode.l10n.t('Files'), kind: vscode.QuickPickItemKind.Separator, file: undefined };
  for (;;) {
    const picked = orCancel(await vscode.window.showQuickPick([create, separator, ...files], { title, ignoreFocusOut: true }));
    if (picked.file === undefined) return;
    await previews.show(picked.file, contents?.[picked.file] ?? '');
  }
}

function toFirstLine(text: string): string {
  return text.split('\n').find((line) => line.trim() !== '') ?? '';
}

async function openFirst(root: string, created: readonly string[], ending: string): Promise<void> {
  const file = created.find((one) => one.endsWith(ending)) ?? created[0];
  if (file !== undefined) await vscode.window.showTextDocument(vscode.Uri.file(join(root, file)), { preview: false });
}
