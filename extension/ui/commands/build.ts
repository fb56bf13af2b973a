import * as vscode from 'vscode';
import { newKey } from '../../../rde-agent/client/newKey.ts';
import type { UiContext } from '../context.ts';
import { withProgress } from '../progress.ts';
import { toDuration } from '../texts.ts';
import { toModuleArgument, toWorkspaceTarget } from './targets.ts';

/** Builds the module at hand, else all of the workspace. */
export async function build(context: UiContext, argument: unknown): Promise<void> {
  const target = await toWorkspaceTarget(context, argument);
  const documents = await context.saved.settle(target.root);
  const module = toModuleArgument(target, argument);
  const params = { root: target.root, documents, modules: module === undefined ? [] : [module], changedOnly: true };
  const built = await withProgress(vscode.l10n.t('Cairn: building'), (signal) => context.link.request('workspace.build', params, signal));
  const { modules: rebuilt, unchanged = 0 } = built;
  const seconds = rebuilt.reduce((sum, one) => sum + one.seconds, 0);
  const text =
    rebuilt.length === 0
      ? vscode.l10n.t('Built: nothing has changed.')
      : vscode.l10n.t('Built {0} of {1} modules in {2}.', rebuilt.length, rebuilt.length + unchanged, toDuration(seconds));
  void vscode.window.showInformationMessage(text);
}

/** Commits the tree, as it is saved now, with its artifacts. */
export async function push(context: UiContext, argument: unknown): Promise<void> {
  const { root } = await toWorkspaceTarget(context, argument);
  const documents = await context.saved.settle(root);
  const key = newKey();
  const { changed, artifacts } = await withProgress(vscode.l10n.t('Cairn: pushing'), (signal) =>
    context.link.request('workspace.push', { root, documents, key }, signal),
  );
  const files = changed === 1 ? vscode.l10n.t('1 changed file') : vscode.l10n.t('{0} changed files', changed);
  const made = artifacts.length === 1 ? vscode.l10n.t('1 artifact') : vscode.l10n.t('{0} artifacts', artifacts.length);
  void vscode.window.showInformationMessage(vscode.l10n.t('Pushed {0}, {1}.', files, made));
}
