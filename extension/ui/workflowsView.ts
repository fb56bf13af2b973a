import { join } from 'node:path';
import * as vscode from 'vscode';
import type { WorkflowView } from '../../rde-agent/protocol/workspaceView.ts';
import type { UiContext } from './context.ts';
import { followRoots } from './modulesView.ts';

export interface WorkflowNode {
  readonly root: string;
  readonly workflow: WorkflowView;
}

/** Workflows; Run and Show Graph stand on each row. */
export class WorkflowsView implements vscode.TreeDataProvider<WorkflowNode> {
  readonly #context: UiContext;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(context: UiContext) {
    this.#context = context;
    context.extension.subscriptions.push(
      this.#changed,
      context.link.onDidChangeWorkspace(() => this.#changed.fire(undefined)),
      context.roots.onDidChange(() => this.#changed.fire(undefined)),
    );
  }

  async getChildren(node?: WorkflowNode): Promise<WorkflowNode[]> {
    if (node !== undefined) return [];
    const roots = await followRoots(this.#context);
    return roots.flatMap((root) => (this.#context.link.workspace(root)?.workflows ?? []).map((workflow) => ({ root, workflow })));
  }

  getTreeItem({ root, workflow }: WorkflowNode): vscode.TreeItem {
    const item = new vscode.TreeItem(workflow.name);
    const uri = vscode.Uri.file(join(root, workflow.file));
    const errors = workflow.errors === 0 ? '' : ` · ${workflow.errors} ${workflow.errors === 1 ? 'error' : 'errors'}`;
    item.id = `${root}#${workflow.name}`;
    item.description = `${workflow.steps.length} ${workflow.steps.length === 1 ? 'step' : 'steps'}${errors}`;
    item.iconPath = new vscode.ThemeIcon(workflow.errors > 0 ? 'error' : 'type-hierarchy-sub');
    item.tooltip = workflow.description;
    item.contextValue = 'workflow';
    item.command = { command: 'vscode.open', title: 'Open', arguments: [uri] };
    return item;
  }
}
