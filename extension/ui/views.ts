import * as vscode from 'vscode';
import type { LinkState } from '../agent/agentLink.ts';
import type { UiContext } from './context.ts';
import { ModulesView } from './modulesView.ts';
import type { ShownWorkflows } from './plans/shownWorkflows.ts';
import { RunsView } from './runsView.ts';
import { WorkflowsView } from './workflowsView.ts';

/** The three trees of the Cairn container. Making them opens nothing: their data is asked for when they are first shown. */
export function registerViews(context: UiContext, shown: ShownWorkflows): void {
  const { subscriptions } = context.extension;
  const runs = new RunsView(context);
  const workflows = new WorkflowsView(context, shown);
  const modulesTree = vscode.window.createTreeView('cairn.modules', { treeDataProvider: new ModulesView(context), showCollapseAll: true });
  const workflowsTree = vscode.window.createTreeView('cairn.workflows', { treeDataProvider: workflows });
  const runsTree = vscode.window.createTreeView('cairn.runs', { treeDataProvider: runs });
  subscriptions.push(
    modulesTree,
    workflowsTree,
    runsTree,
    workflowsTree.onDidCollapseElement(({ element }) => workflows.release(element)),
    runsTree.onDidCollapseElement(({ element }) => runs.release(element)),
  );
  subscriptions.push(context.link.onDidChangeState((state) => void (modulesTree.message = toCause(state))));
}

/** What keeps the agent away, in words; nothing while it is there or on its way. */
function toCause(state: LinkState): string | undefined {
  if (state.kind !== 'waiting' && state.kind !== 'refused') return undefined;
  const { message, code, next } = state.problem;
  return `${message} (${code}) ${next}`;
}
