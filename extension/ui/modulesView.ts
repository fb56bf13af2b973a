import { join } from 'node:path';
import * as vscode from 'vscode';
import type { ModuleView } from '../../rde-agent/protocol/workspaceView.ts';
import type { UiContext } from './context.ts';
import { toIcon } from './stateIcons.ts';
import { toDuration, toShortName } from './texts.ts';
import { toDescription, toTooltip, type Fact } from './tooltips.ts';

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
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#changed.fire(undefined)),
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

  getParent(node: ModuleNode): ModuleNode | undefined {
    return node.kind === 'namespace' ? undefined : { kind: 'namespace', root: node.root, name: toNamespace(node.module) };
  }

  getTreeItem(node: ModuleNode): vscode.TreeItem {
    return node.kind === 'namespace' ? toNamespaceItem(node.root, node.name) : toModuleItem(node.root, node.module);
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

function toNamespaceItem(root: string, name: string): vscode.TreeItem {
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Expanded);
  item.id = `${root}#${name}/`;
  item.iconPath = new vscode.ThemeIcon('symbol-namespace');
  item.contextValue = 'namespace';
  return item;
}

function toModuleItem(root: string, module: ModuleView): vscode.TreeItem {
  const item = new vscode.TreeItem(toShortName(module.name));
  const isBroken = module.build.state === 'failed';
  item.id = `${root}#${module.name}`;
  item.description = toDescription(module.kind, toBuildText(module), ...Object.keys(module.tags).sort());
  item.iconPath = isBroken ? toIcon('error', 'testing.iconFailed') : toIcon('symbol-method');
  item.tooltip = toTooltip(
    module.name,
    [[vscode.l10n.t('Kind'), module.kind], [vscode.l10n.t('Artifact'), toShortDigest(module.artifact)], ...toTagFacts(module)],
    [module.description, module.build.message],
  );
  item.contextValue = 'module';
  item.command = { command: 'vscode.open', title: vscode.l10n.t('Open'), arguments: [vscode.Uri.file(toEntryPath(root, module))] };
  item.accessibilityInformation = { label: `${module.name}, ${item.description}` };
  return item;
}

/** Each tag, and whether it stands on what is on disk now. */
function toTagFacts({ tags, artifact }: ModuleView): readonly Fact[] {
  return Object.entries(tags)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([tag, to]) => [tag, to === artifact ? vscode.l10n.t('{0}, as it is now', toShortDigest(to)) : toShortDigest(to)]);
}

function toShortDigest(digest: string | null): string {
  return digest === null ? '' : digest.replace(/^sha256:/, '').slice(0, 12);
}

function toBuildText({ build }: ModuleView): string {
  switch (build.state) {
    case 'built':
      return build.seconds < 0.0005 ? vscode.l10n.t('built') : vscode.l10n.t('built in {0}', toDuration(build.seconds));
    case 'failed':
      return vscode.l10n.t('build failed');
    case 'none':
      return '';
  }
}

export function toEntryPath(root: string, module: ModuleView): string {
  return join(root, module.file, '..', module.entry.file);
}
