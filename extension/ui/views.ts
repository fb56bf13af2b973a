import * as vscode from 'vscode';
import type { LinkState } from '../agent/agentLink.ts';
import type { UiContext } from './context.ts';
import { ClustersView } from './clustersView.ts';
import { createDatasetsView } from './datasetsView.ts';
import { EnvironmentsView } from './environmentsView.ts';
import { ModulesView } from './modulesView.ts';
import type { ShownWorkflows } from './plans/shownWorkflows.ts';
import { RunsView } from './runsView.ts';
import { createSchedulesView } from './schedulesView.ts';
import { WorkflowsView } from './workflowsView.ts';

/** The views that commands work with. */
export interface Views {
  readonly runs: RunsView;
  readonly environments: EnvironmentsView;
  /** Asks for the schedules again: one of them was changed here. */
  readonly refreshSchedules: () => void;
}

/** The trees of the Cairn container. Making them opens nothing: their data is asked for when they are first shown. */
export function registerViews(context: UiContext, shown: ShownWorkflows): Views {
  const { subscriptions } = context.extension;
  const workflows = new WorkflowsView(context, shown);
  const modulesTree = vscode.window.createTreeView('cairn.modules', { treeDataProvider: new ModulesView(context), showCollapseAll: true });
  const workflowsTree = vscode.window.createTreeView('cairn.workflows', { treeDataProvider: workflows, showCollapseAll: true });
  const runs = new RunsView(context);
  const environments = new EnvironmentsView(context);
  const schedules = createSchedulesView(context);
  subscriptions.push(
    modulesTree,
    workflowsTree,
    workflowsTree.onDidCollapseElement(({ element }) => workflows.release(element)),
    runs,
    new ClustersView(context),
    environments,
    createDatasetsView(context),
    schedules,
    context.link.onDidChangeState((state) => void (modulesTree.message = toCause(state))),
  );
  return { runs, environments, refreshSchedules: () => schedules.refresh() };
}

/** What keeps the agent away, in words; nothing while it is there or on its way. */
function toCause(state: LinkState): string | undefined {
  if (state.kind !== 'waiting' && state.kind !== 'refused') return undefined;
  const { message, code, next } = state.problem;
  return `${message} (${code}) ${next}`;
}
