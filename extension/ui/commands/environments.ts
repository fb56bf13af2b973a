import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { EnvironmentsDocument, EnvironmentSummary } from '../../../rde-agent/protocol/documents.ts';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import type { UiContext } from '../context.ts';
import { withProgress } from '../progress.ts';
import type { CommandSurfaces } from './surfaces.ts';
import { toWorkspaceTarget } from './targets.ts';

/** A row of the environments. */
const EnvironmentArgument = z.object({ environment: z.object({ environment: z.string() }) });

/** Solves environments anew and writes their lock files. */
export async function lockEnvironments(context: UiContext, argument: unknown, { views }: CommandSurfaces): Promise<void> {
  const { root } = await toWorkspaceTarget(context, argument);
  const environments = await toNames(context, root, argument, vscode.l10n.t('Which environments shall be solved anew?'));
  await context.saved.settle(root);
  const done = await withProgress(vscode.l10n.t('Cairn: solving {0}', environments.join(', ')), (signal) =>
    views.environments.during(root, environments, 'locking', () =>
      context.link.request('environment.lock', { root, environments }, signal),
    ),
  );
  tell(done, ({ environment, changed }) =>
    changed === true ? vscode.l10n.t('{0}: locked', environment) : vscode.l10n.t('{0}: unchanged', environment),
  );
}

/** Makes environments ready from their lock files. */
export async function syncEnvironments(context: UiContext, argument: unknown, { views }: CommandSurfaces): Promise<void> {
  const { root } = await toWorkspaceTarget(context, argument);
  const environments = await toNames(context, root, argument, vscode.l10n.t('Which environments shall be made?'));
  const done = await withProgress(vscode.l10n.t('Cairn: making {0}', environments.join(', ')), (signal) =>
    views.environments.during(root, environments, 'syncing', () =>
      context.link.request('environment.sync', { root, environments }, signal),
    ),
  );
  tell(done, ({ environment, ready }) => (ready ? vscode.l10n.t('{0}: ready', environment) : vscode.l10n.t('{0}: not ready', environment)));
}

/** The one of a row, the only one, or those that a person chooses. */
async function toNames(context: UiContext, root: string, argument: unknown, title: string): Promise<string[]> {
  const named = EnvironmentArgument.safeParse(argument).data;
  if (named !== undefined) return [named.environment.environment];
  const { environments } = await context.link.request('environment.list', { root });
  if (environments.length === 0) {
    const next = vscode.l10n.t('Write one under environments/.');
    throw new CairnError('no-workspace', vscode.l10n.t('This workspace has no environment.'), { next });
  }
  const items = environments.map((one) => ({ label: one.environment, description: toStateText(one), picked: true }));
  const chosen = environments.length === 1 ? items : await vscode.window.showQuickPick(items, { title, canPickMany: true });
  if (chosen === undefined || chosen.length === 0) throw new CairnError('cancelled', 'Cancelled.');
  return chosen.map(({ label }) => label);
}

function toStateText({ ready, stale }: EnvironmentSummary): string {
  return [ready ? vscode.l10n.t('ready') : '', stale ? vscode.l10n.t('lock is stale') : ''].filter((part) => part !== '').join(' · ');
}

function tell({ environments }: EnvironmentsDocument, toText: (one: EnvironmentSummary) => string): void {
  const problems = environments.flatMap((one) => (one.problem === undefined ? [] : [`${one.environment}: ${one.problem}`]));
  if (problems.length > 0) void vscode.window.showErrorMessage(problems.join('\n'));
  else void vscode.window.showInformationMessage(environments.map(toText).join(', '));
}
