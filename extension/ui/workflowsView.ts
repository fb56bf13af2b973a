import { join } from 'node:path';
import * as vscode from 'vscode';
import type { GraphStep, WorkflowView } from '../../rde-agent/protocol/workspaceView.ts';
import { toPlanStatuses, type PlanStatus } from '../../webviews/protocol/planStatus.ts';
import type { UiContext } from './context.ts';
import { followRoots } from './modulesView.ts';
import { toDecision, toDecisionText, toReasonText, toTotalText, type Decision } from './plans/planTexts.ts';
import type { ShownWorkflows } from './plans/shownWorkflows.ts';
import { toDescription, toTooltip } from './tooltips.ts';

export type WorkflowNode =
  | { readonly root: string; readonly workflow: WorkflowView; readonly step?: undefined }
  | { readonly root: string; readonly workflow: WorkflowView; readonly step: GraphStep };

const ICONS: { readonly [decision in Decision]: { readonly icon: string; readonly colour?: string } } = {
  reuse: { icon: 'history', colour: 'testing.iconPassed' },
  run: { icon: 'play', colour: 'progressBar.background' },
  perhaps: { icon: 'question' },
};

/** Workflows; Run and Show Graph stand on each row. Unfolded, each step with what a run would do with it now. */
export class WorkflowsView implements vscode.TreeDataProvider<WorkflowNode> {
  readonly #context: UiContext;
  readonly #shown: ShownWorkflows;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #watched = new Map<string, vscode.Disposable>();
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(context: UiContext, shown: ShownWorkflows) {
    this.#context = context;
    this.#shown = shown;
    context.extension.subscriptions.push(
      this.#changed,
      context.link.onDidChangeWorkspace(() => this.#changed.fire(undefined)),
      context.roots.onDidChange(() => this.#changed.fire(undefined)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#changed.fire(undefined)),
      shown.onDidChange(() => this.#watched.size > 0 && this.#changed.fire(undefined)),
      { dispose: () => this.#watched.forEach((one) => void one.dispose()) },
    );
  }

  async getChildren(node?: WorkflowNode): Promise<WorkflowNode[]> {
    if (node?.step !== undefined) return [];
    if (node !== undefined) return this.#toSteps(node);
    const roots = await followRoots(this.#context);
    return roots.flatMap((root) => (this.#context.link.workspace(root)?.workflows ?? []).map((workflow) => ({ root, workflow })));
  }

  /** A folded workflow need not be planned. */
  release({ root, workflow }: WorkflowNode): void {
    const id = toId(root, workflow);
    this.#watched.get(id)?.dispose();
    this.#watched.delete(id);
  }

  getParent({ root, workflow, step }: WorkflowNode): WorkflowNode | undefined {
    return step === undefined ? undefined : { root, workflow };
  }

  getTreeItem({ root, workflow, step }: WorkflowNode): vscode.TreeItem {
    return step === undefined ? this.#toWorkflowItem(root, workflow) : this.#toStepItem(root, workflow, step);
  }

  #toSteps({ root, workflow }: WorkflowNode): WorkflowNode[] {
    const id = toId(root, workflow);
    if (!this.#watched.has(id)) this.#watched.set(id, this.#shown.watch({ root, workflow: workflow.name }));
    return workflow.steps.map((step) => ({ root, workflow, step }));
  }

  #toWorkflowItem(root: string, workflow: WorkflowView): vscode.TreeItem {
    const item = new vscode.TreeItem(workflow.name, vscode.TreeItemCollapsibleState.Collapsed);
    const plan = this.#shown.plan({ root, workflow: workflow.name });
    item.id = toId(root, workflow);
    item.description = toDescription(toStepCount(workflow), toErrorCount(workflow));
    item.iconPath = new vscode.ThemeIcon(workflow.errors > 0 ? 'error' : 'type-hierarchy-sub');
    item.tooltip = toTooltip(workflow.name, [], [workflow.description, plan === undefined ? '' : toTotalText(plan)]);
    item.contextValue = 'workflow';
    item.command = { command: 'vscode.open', title: vscode.l10n.t('Open'), arguments: [vscode.Uri.file(join(root, workflow.file))] };
    item.accessibilityInformation = { label: `${workflow.name}, ${item.description}` };
    return item;
  }

  #toStepItem(root: string, workflow: WorkflowView, step: GraphStep): vscode.TreeItem {
    const item = new vscode.TreeItem(step.id);
    const status = this.#findStatus(root, workflow, step);
    const at = new vscode.Position(Math.max(0, step.line - 1), 0);
    item.id = `${toId(root, workflow)}#${step.id}`;
    item.description = status === undefined ? step.name : toDecisionText(status);
    item.iconPath = toIcon(status);
    item.tooltip = toTooltip(step.id, [], [step.name, ...(status?.reasons ?? []).map(toReasonText)]);
    item.contextValue = 'step';
    const selection = new vscode.Range(at, at);
    item.command = {
      command: 'vscode.open',
      title: vscode.l10n.t('Open'),
      arguments: [vscode.Uri.file(join(root, workflow.file)), { selection }],
    };
    item.accessibilityInformation = { label: `${step.id}, ${item.description}` };
    return item;
  }

  #findStatus(root: string, workflow: WorkflowView, step: GraphStep): PlanStatus | undefined {
    const plan = this.#shown.plan({ root, workflow: workflow.name });
    return plan === undefined ? undefined : toPlanStatuses(plan).get(step.id);
  }
}

function toId(root: string, workflow: WorkflowView): string {
  return `${root}#${workflow.name}`;
}

function toStepCount({ steps }: WorkflowView): string {
  return steps.length === 1 ? vscode.l10n.t('1 step') : vscode.l10n.t('{0} steps', steps.length);
}

function toErrorCount({ errors }: WorkflowView): string {
  if (errors === 0) return '';
  return errors === 1 ? vscode.l10n.t('1 error') : vscode.l10n.t('{0} errors', errors);
}

function toIcon(status: PlanStatus | undefined): vscode.ThemeIcon {
  if (status === undefined) return new vscode.ThemeIcon('circle-large-outline');
  const { icon, colour } = ICONS[toDecision(status)];
  return new vscode.ThemeIcon(icon, colour === undefined ? undefined : new vscode.ThemeColor(colour));
}
