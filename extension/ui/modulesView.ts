import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ModuleView } from '../../rde-agent/protocol/workspaceView.ts';
import type { UiContext } from './context.ts';
import { toDuration, toShortName } from './texts.ts';

export type ModuleNode =
  | { readonly kind: 'namespace'; readonly root: string; readonly name: string }
  | { readonly kind: 'module'; readonly root: string; readonly module: ModuleView };

/** Modules by namespace, with build state and tags. */
export class ModulesView implements vscode.TreeDataProvider<ModuleNode> {
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

  async getChildren(node?: ModuleNode): Promise<ModuleNode[]> {
    if (node?.kind === 'module') return [];
    if (node?.kind === 'namespace')
      return this.#modules(node.root)
        .filter((module) => toNamespace(module) === node.name)
        .map((module) => ({ kind: 'module', root: node.root, module }));
    const roots = await followRoots(this.#context);
    return roots.flatMap((root) =>
      [...new Set(this.#modules(root).map(toNamespace))].sort().map((name): ModuleNode => ({ kind: 'namespace', root, name })),
    );
  }

  getTreeItem(node: ModuleNode): vscode.TreeItem {
    return node.kind === 'namespace' ? toNamespaceItem(node.name) : toModuleItem(node.root, node.module);
  }

  #modules(root: string): readonly ModuleView[] {
    return this.#context.link.workspace(root)?.modules ?? [];
  }
}

/** Finds the roots, follows each, and answers them. The first thing that a visible view does, so the first use of the agent. */
export async function followRoots({ roots, link }: UiContext): Promise<readonly string[]> {
  if (!vscode.workspace.isTrusted) return [];
  const found = roots.all.length > 0 ? roots.all : await roots.refresh();
  for (const root of found) link.followRoot(root);
  return found;
}

function toNamespace(module: ModuleView): string {
  return module.name.split('/', 1)[0] ?? module.name;
}

function toNamespaceItem(name: string): vscode.TreeItem {
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Expanded);
  item.iconPath = new vscode.ThemeIcon('symbol-namespace');
  item.contextValue = 'namespace';
  return item;
}

function toModuleItem(root: string, module: ModuleView): vscode.TreeItem {
  const item = new vscode.TreeItem(toShortName(module.name));
  const tags = Object.keys(module.tags).sort();
  item.id = `${root}#${module.name}`;
  item.description = [module.kind, toBuildText(module), ...tags].filter((part) => part !== '').join(' · ');
  item.iconPath = new vscode.ThemeIcon(module.build.state === 'failed' ? 'error' : 'symbol-method');
  item.tooltip = [module.name, module.description, module.artifact ?? '', module.build.message].filter((part) => part !== '').join('\n');
  item.contextValue = 'module';
  item.resourceUri = undefined;
  item.command = { command: 'vscode.open', title: 'Open', arguments: [vscode.Uri.file(toEntryPath(root, module))] };
  item.accessibilityInformation = { label: `${module.name}, ${item.description}` };
  return item;
}

function toBuildText({ build }: ModuleView): string {
  switch (build.state) {
    case 'built':
      return build.seconds < 0.0005 ? 'built' : `built in ${toDuration(build.seconds)}`;
    case 'failed':
      return 'build failed';
    case 'none':
      return '';
  }
}

export function toEntryPath(root: string, module: ModuleView): string {
  return join(root, module.file, '..', module.entry.file);
}
