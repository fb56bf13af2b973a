import * as vscode from 'vscode';
import type { RunSummary } from '../../../rde-agent/protocol/documents.ts';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import type { UiContext } from '../context.ts';
import { withProgress } from '../progress.ts';
import { toDuration } from '../texts.ts';
import { toDiffText } from './diffText.ts';
import type { CommandSurfaces } from './surfaces.ts';
import { toRunTarget } from './targets.ts';

/** In what two runs differ, as a document: the one at hand and an earlier one, that of the same workflow first. */
export async function compareRuns(context: UiContext, argument: unknown, { previews }: CommandSurfaces): Promise<void> {
  const { run } = await toRunTarget(context, argument, () => true);
  const before = await askOther(context, run);
  const difference = await withProgress(vscode.l10n.t('Cairn: comparing'), (signal) =>
    context.link.request('run.diff', { run: before, other: run }, signal),
  );
  await previews.show(`${before.slice(0, 13)} → ${run.slice(0, 13)}.diff`, toDiffText(difference));
}

async function askOther(context: UiContext, run: string): Promise<string> {
  const { runs } = await context.link.request('run.list', { limit: 200 });
  const workflow = runs.find((one) => one.run === run)?.workflow;
  const others = runs.filter((one) => one.run !== run);
  const sorted = [...others.filter((one) => one.workflow === workflow), ...others.filter((one) => one.workflow !== workflow)];
  if (sorted.length === 0) {
    throw new CairnError('unknown-run', 'There is no other run to compare it with.', { next: 'Start one with “Cairn: Run”.' });
  }
  const chosen = await vscode.window.showQuickPick(sorted.map(toItem), { placeHolder: vscode.l10n.t('Compare with which run?') });
  if (chosen === undefined) throw new CairnError('cancelled', 'Cancelled.');
  return chosen.run;
}

function toItem({ run, workflow, state, started, seconds, by }: RunSummary) {
  const detail = `${new Date(started).toLocaleString()}, ${toDuration(seconds)}, ${by}`;
  return { label: workflow, description: `${state} · ${run.slice(0, 13)}`, detail, run };
}
