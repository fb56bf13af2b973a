import * as vscode from 'vscode';
import { newKey } from '../../../rde-agent/client/newKey.ts';
import type { UiContext } from '../context.ts';
import { withProgress } from '../progress.ts';
import { askMissingParams } from './askParams.ts';
import type { CommandSurfaces } from './surfaces.ts';
import { toRunTarget, toWorkflowTarget, type WorkflowTarget } from './targets.ts';

/** Runs a workflow exactly as it is saved now (changed documents are saved first) and shows the run. */
export async function runWorkflow(context: UiContext, argument: unknown, { panels }: CommandSurfaces): Promise<void> {
  const target = await toWorkflowTarget(context, argument);
  const request = await toRequest(context, target);
  const key = newKey();
  const { run } = await withProgress(vscode.l10n.t('Cairn: starting {0}', target.workflow.name), (signal) =>
    context.link.request('run.submit', { ...request, key }, signal),
  );
  panels.showStarted(run, target.workflow.name, { root: target.root, file: target.workflow.file });
}

/** Draws on the graph which steps would be reused and which would run. */
export async function planWorkflow(context: UiContext, argument: unknown, { panels }: CommandSurfaces): Promise<void> {
  const target = await toWorkflowTarget(context, argument);
  const request = await toRequest(context, target);
  const plan = await withProgress(vscode.l10n.t('Cairn: planning {0}', target.workflow.name), (signal) =>
    context.link.request('workspace.plan', request, signal),
  );
  panels.showGraph(target.root, target.workflow.file, plan);
}

export async function cancelRun(context: UiContext, argument: unknown): Promise<void> {
  const { run } = await toRunTarget(context, argument, (one) => one.state === 'running' || one.state === 'queued');
  await context.link.request('run.cancel', { run, key: newKey() });
}

async function toRequest(context: UiContext, { root, workflow }: WorkflowTarget) {
  const documents = await context.saved.settle(root);
  return { root, workflow: workflow.name, params: await askMissingParams(workflow.params), documents };
}
