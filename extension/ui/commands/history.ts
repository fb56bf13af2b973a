import * as vscode from 'vscode';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import type { UiContext } from '../context.ts';
import type { CommandSurfaces } from './surfaces.ts';
import { toRunTarget } from './targets.ts';

/** runs among whose workflows a person chooses */
const LOOKED_AT = 500;

/** Shows in the list of runs only those of one workflow. */
export async function filterRuns(context: UiContext, _argument: unknown, { views }: CommandSurfaces): Promise<void> {
  const { runs } = await context.link.request('run.list', { limit: LOOKED_AT });
  const counts = new Map<string, number>();
  for (const { workflow } of runs) counts.set(workflow, (counts.get(workflow) ?? 0) + 1);
  if (counts.size === 0) throw toNoRunsError();
  const items = [...counts].sort(([a], [b]) => (a < b ? -1 : 1)).map(([workflow, count]) => toItem(workflow, count, views.runs.workflow));
  const all = { label: vscode.l10n.t('All workflows'), description: '', workflow: undefined };
  const chosen = await vscode.window.showQuickPick([all, ...items], { placeHolder: vscode.l10n.t('Runs of which workflow?') });
  if (chosen === undefined) throw new CairnError('cancelled', 'Cancelled.');
  await views.runs.filter(chosen.workflow);
  await vscode.commands.executeCommand('cairn.runs.focus');
}

function toItem(workflow: string, count: number, shown: string | undefined) {
  const mark = workflow === shown ? vscode.l10n.t('shown now') : '';
  const description = [count === 1 ? vscode.l10n.t('1 run') : vscode.l10n.t('{0} runs', count), mark].filter(Boolean).join(' · ');
  return { label: workflow, description, workflow };
}

export async function showMoreRuns(_context: UiContext, _argument: unknown, { views }: CommandSurfaces): Promise<void> {
  await views.runs.showMore();
  await vscode.commands.executeCommand('cairn.runs.focus');
}

/** Keeps everything of a run, whatever is thrown away later; or no longer. */
export function toPinCommand(pinned: boolean) {
  return async (context: UiContext, argument: unknown, { views }: CommandSurfaces): Promise<void> => {
    const { run } = await toRunTarget(context, argument, (one) => (one.pinned === true) !== pinned);
    await context.link.request('run.pin', { run, pinned });
    views.runs.markPinned(run, pinned);
    const text = pinned
      ? vscode.l10n.t('Everything of this run is kept, until you let it go.')
      : vscode.l10n.t('This run is kept no longer than others.');
    void vscode.window.showInformationMessage(text);
  };
}

function toNoRunsError(): CairnError {
  return new CairnError('unknown-run', vscode.l10n.t('Nothing has run yet.'), { next: vscode.l10n.t('Start a run with “Cairn: Run”.') });
}
