import * as vscode from 'vscode';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import type { EnvironmentsDocument } from '../../../rde-agent/protocol/documents.ts';
import type { UiContext } from '../context.ts';
import { withProgress } from '../progress.ts';
import { toWorkspaceTarget } from './targets.ts';

/** Solves environments anew and writes their lock files. */
export async function lockEnvironments(context: UiContext, argument: unknown): Promise<void> {
  const { root } = await toWorkspaceTarget(context, argument);
  const environments = await askEnvironments(context, root, vscode.l10n.t('Which environments shall be solved anew?'));
  await context.saved.settle(root);
  const done = await withProgress(vscode.l10n.t('Cairn: solving environments'), (signal) =>
    context.link.request('environment.lock', { root, environments }, signal),
  );
  tell(done, (one) =>
    one.changed === true ? vscode.l10n.t('{0}: locked', one.environment) : vscode.l10n.t('{0}: unchanged', one.environment),
  );
}

/** Makes environments ready from their lock files. */
export async function syncEnvironments(context: UiContext, argument: unknown): Promise<void> {
  const { root } = await toWorkspaceTarget(context, argument);
  const environments = await askEnvironments(context, root, vscode.l10n.t('Which environments shall be made?'));
  const done = await withProgress(vscode.l10n.t('Cairn: making environments'), (signal) =>
    context.link.request('environment.sync', { root, environments }, signal),
  );
  tell(done, (one) => (one.ready ? vscode.l10n.t('{0}: ready', one.environment) : vscode.l10n.t('{0}: not ready', one.environment)));
}

async function askEnvironments(context: UiContext, root: string, title: string): Promise<string[]> {
  const { environments } = await context.link.request('environment.list', { root });
  if (environments.length === 0)
    throw new CairnError('no-workspace', 'This workspace has no environment.', { next: 'Write one under environments/.' });
  const items = environments.map((one) => ({
    label: one.environment,
    description: [one.ready ? vscode.l10n.t('ready') : '', one.stale ? vscode.l10n.t('lock is stale') : '']
      .filter((part) => part !== '')
      .join(' · '),
    picked: true,
  }));
  const chosen = environments.length === 1 ? items : await vscode.window.showQuickPick(items, { title, canPickMany: true });
  if (chosen === undefined || chosen.length === 0) throw new CairnError('cancelled', 'Cancelled.');
  return chosen.map(({ label }) => label);
}

function tell({ environments }: EnvironmentsDocument, toText: (one: EnvironmentsDocument['environments'][number]) => string): void {
  const problems = environments.flatMap((one) => (one.problem === undefined ? [] : [`${one.environment}: ${one.problem}`]));
  if (problems.length > 0) void vscode.window.showErrorMessage(problems.join('\n'));
  else void vscode.window.showInformationMessage(environments.map(toText).join(', '));
}
