import * as vscode from 'vscode';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import type { UiContext } from '../context.ts';
import { toDecisionText, toStateText } from '../stateIcons.ts';
import { toDescription } from '../tooltips.ts';
import type { CommandSurfaces } from './surfaces.ts';
import { namesWorkflow, readRunArgument, toRunTarget, toWorkflowTarget, toWorkspaceTarget } from './targets.ts';

export async function showRun(context: UiContext, argument: unknown, { panels }: CommandSurfaces): Promise<void> {
  const { run } = await toRunTarget(context, argument, () => true);
  panels.showRun(run);
}

/** The graph of a workflow; of a run of which nothing else is known, that of the workflow that it ran. */
export async function showGraph(context: UiContext, argument: unknown, { panels }: CommandSurfaces): Promise<void> {
  const given = namesWorkflow(argument) ? undefined : readRunArgument(argument);
  if (given === undefined) {
    const { root, workflow } = await toWorkflowTarget(context, argument);
    return panels.showGraph(root, workflow.file);
  }
  const { workflow: name } = await context.link.request('run.show', { run: given.run });
  const { root, view } = await toWorkspaceTarget(context, argument);
  const workflow = view.workflows.find((one) => one.name === name);
  if (workflow === undefined) throw new CairnError('unknown-workflow', vscode.l10n.t('{0} is not a workflow of this workspace.', name));
  panels.showGraph(root, workflow.file);
}

/** The log of a step; from the palette a person chooses the step of a run. */
export async function showLog(context: UiContext, argument: unknown, { logs }: CommandSurfaces): Promise<void> {
  const { run, step } = await toRunTarget(context, argument, () => true);
  if (step !== undefined) return logs.show(run, step);
  const { steps } = await context.link.request('run.show', { run });
  const all = { label: vscode.l10n.t('All steps'), description: '', step: undefined };
  const items = steps.map(({ step: label, state, decision }) => ({
    label,
    description: toDescription(toStateText(state), toDecisionText(decision)),
    step: label,
  }));
  const chosen = await vscode.window.showQuickPick([all, ...items], { placeHolder: vscode.l10n.t('Whose log?') });
  if (chosen !== undefined) await logs.show(run, chosen.step);
}
