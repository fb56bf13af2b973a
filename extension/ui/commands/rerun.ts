import * as vscode from 'vscode';
import { newKey } from '../../../rde-agent/client/newKey.ts';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import type { UiContext } from '../context.ts';
import { withProgress } from '../progress.ts';
import { askParamValues } from './askParams.ts';
import type { CommandSurfaces } from './surfaces.ts';
import { toRunTarget, toWorkspaceTarget } from './targets.ts';

/** Runs a run again with everything pinned as it was. */
export async function rerunRun(context: UiContext, argument: unknown, { panels }: CommandSurfaces): Promise<void> {
  const { run } = await toRunTarget(context, argument, () => true);
  const started = await withProgress(vscode.l10n.t('Cairn: running again'), (signal) =>
    context.link.request('run.rerun', { run, key: newKey() }, signal),
  );
  panels.showRun(started.run);
}

/** The same from a step on: what is above it is taken from that run. */
export async function rerunFromStep(context: UiContext, argument: unknown, { panels }: CommandSurfaces): Promise<void> {
  const { run, step } = await toRunTarget(context, argument, () => true);
  const from = step === undefined ? await askStep(context, run) : toStepName(step);
  const started = await withProgress(vscode.l10n.t('Cairn: running again from {0}', from), (signal) =>
    context.link.request('run.rerun', { run, from, key: newKey() }, signal),
  );
  panels.showRun(started.run);
}

/** A new run of the same code, with parameters changed by whoever asks. */
export async function cloneRun(context: UiContext, argument: unknown, { panels }: CommandSurfaces): Promise<void> {
  const { run } = await toRunTarget(context, argument, () => true);
  const { workflow: name } = await context.link.request('run.show', { run });
  const { view } = await toWorkspaceTarget(context, argument);
  const known = view.workflows.find((workflow) => workflow.name === name);
  const params = await askParamValues(known?.params ?? [], context.link.runView(run)?.params ?? {});
  const started = await withProgress(vscode.l10n.t('Cairn: cloning'), (signal) =>
    context.link.request('run.clone', { run, params, key: newKey() }, signal),
  );
  panels.showRun(started.run);
}

async function askStep(context: UiContext, run: string): Promise<string> {
  const { steps } = await context.link.request('run.show', { run });
  const names = [...new Set(steps.map(({ step }) => toStepName(step)))];
  const chosen = await vscode.window.showQuickPick(names, { placeHolder: vscode.l10n.t('From which step?') });
  if (chosen === undefined) throw new CairnError('cancelled', 'Cancelled.');
  return chosen;
}

/** `train[ridge]` → `train`: a fan-out is run again whole. */
function toStepName(task: string): string {
  return task.replace(/[[/].*$/, '');
}
