import { join } from 'node:path';
import * as vscode from 'vscode';
import type { EnvironmentSummary } from '../../rde-agent/protocol/documents.ts';
import type { UiContext } from './context.ts';
import { createListTree, type ListTree } from './listTree.ts';
import { followRoots } from './modulesView.ts';
import { toIcon } from './stateIcons.ts';
import { toDescription, toTooltip } from './tooltips.ts';

/** What `environment.lock` and `environment.sync` of a row take as their argument. */
export interface EnvironmentNode {
  readonly root: string;
  readonly environment: EnvironmentSummary;
}

/** What somebody is waiting for, by `root#environment`. */
export type EnvironmentWork = 'locking' | 'syncing';

type State = 'working' | 'broken' | 'unlocked' | 'stale' | 'unmade' | 'ready';

const ICONS: { readonly [state in State]: readonly [icon: string, colour?: string] } = {
  working: ['sync~spin', 'progressBar.background'],
  broken: ['error', 'testing.iconFailed'],
  unlocked: ['unlock'],
  stale: ['warning', 'list.warningForeground'],
  unmade: ['circle-large-outline'],
  ready: ['pass', 'testing.iconPassed'],
};

/** Environments: whether the lock still follows from its inputs, and whether they are made. */
export class EnvironmentsView implements vscode.Disposable {
  readonly #work = new Map<string, EnvironmentWork>();
  readonly #tree: ListTree<EnvironmentNode>;

  constructor(context: UiContext) {
    this.#tree = createListTree<readonly EnvironmentNode[], EnvironmentNode>(context, {
      id: 'cairn.environments',
      ask: () => askEnvironments(context),
      toRoots: (nodes) => nodes,
      toItem: (node) => this.#toItem(node),
      changes: [context.link.onDidChangeWorkspace, context.roots.onDidChange],
    });
  }

  /** Shows rows as being worked on until `work` has ended. */
  async during<T>(root: string, environments: readonly string[], kind: EnvironmentWork, work: () => Promise<T>): Promise<T> {
    const keys = environments.map((name) => `${root}#${name}`);
    for (const key of keys) this.#work.set(key, kind);
    this.#tree.redraw();
    try {
      return await work();
    } finally {
      for (const key of keys) this.#work.delete(key);
      this.#tree.redraw();
      this.#tree.refresh();
    }
  }

  dispose(): void {
    this.#tree.dispose();
  }

  #toItem({ root, environment }: EnvironmentNode): vscode.TreeItem {
    const item = new vscode.TreeItem(environment.environment);
    const work = this.#work.get(`${root}#${environment.environment}`);
    const state = work === undefined ? toState(environment) : 'working';
    item.id = `${root}#${environment.environment}`;
    item.description = toDescription(toStateText(state, work), toInterpreter(environment), toPackages(environment));
    item.iconPath = toIcon(...ICONS[state]);
    item.tooltip = toEnvironmentTooltip(environment, toStateText(state, work));
    item.contextValue = `environment.${state}`;
    item.command = { command: 'vscode.open', title: vscode.l10n.t('Open'), arguments: [vscode.Uri.file(join(root, environment.file))] };
    item.accessibilityInformation = { label: `${environment.environment}, ${item.description}` };
    return item;
  }
}

async function askEnvironments(context: UiContext): Promise<readonly EnvironmentNode[]> {
  const roots = await followRoots(context);
  const answers = await Promise.all(roots.map((root) => context.link.request('environment.list', { root })));
  return answers.flatMap(({ environments }, at) => environments.map((environment) => ({ root: roots[at] ?? '', environment })));
}

function toState({ problem, lock, stale, ready }: EnvironmentSummary): State {
  if (problem !== undefined) return 'broken';
  if (stale) return 'stale';
  if (ready) return 'ready';
  return lock === null ? 'unlocked' : 'unmade';
}

function toStateText(state: State, work: EnvironmentWork | undefined): string {
  switch (state) {
    case 'working':
      return work === 'locking' ? vscode.l10n.t('solving…') : vscode.l10n.t('making it…');
    case 'broken':
      return vscode.l10n.t('broken');
    case 'unlocked':
      return vscode.l10n.t('not locked');
    case 'stale':
      return vscode.l10n.t('lock is stale');
    case 'unmade':
      return vscode.l10n.t('locked, not made');
    case 'ready':
      return vscode.l10n.t('ready');
  }
}

function toInterpreter({ python, node }: EnvironmentSummary): string {
  return toDescription(python !== null && `Python ${python}`, node !== null && `Node ${node}`);
}

function toPackages({ packages }: EnvironmentSummary): string {
  if (packages === 0) return '';
  return packages === 1 ? vscode.l10n.t('1 package') : vscode.l10n.t('{0} packages', packages);
}

function toEnvironmentTooltip(environment: EnvironmentSummary, state: string): vscode.MarkdownString {
  const { file, lock, digest, stale, problem } = environment;
  return toTooltip(
    environment.environment,
    [
      [vscode.l10n.t('State'), state],
      [vscode.l10n.t('Runs on'), toInterpreter(environment)],
      [vscode.l10n.t('Packages'), String(environment.packages)],
      [vscode.l10n.t('File'), file],
      [vscode.l10n.t('Lock'), lock],
      [vscode.l10n.t('Digest'), digest],
    ],
    [problem ?? '', stale ? vscode.l10n.t('The lock no longer follows from its inputs: lock it again.') : ''],
  );
}
