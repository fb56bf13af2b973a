import * as vscode from 'vscode';
import type { ClusterSummary, ClusterWorker } from '../../rde-agent/protocol/clusterDocument.ts';
import type { ClustersView as Clusters } from '../../rde-agent/protocol/clustersView.ts';
import type { Disposable } from '../agent/emitter.ts';
import type { UiContext } from './context.ts';
import { toPlainText } from './logText.ts';
import { toIcon } from './stateIcons.ts';
import { toFullTime, toTime } from './times.ts';
import { toDescription, toTooltip } from './tooltips.ts';

type Lease = ClusterSummary['leases'][number];

export type ClusterNode =
  | { readonly kind: 'cluster'; readonly cluster: ClusterSummary }
  | { readonly kind: 'lease'; readonly cluster: ClusterSummary; readonly lease: Lease }
  | { readonly kind: 'worker'; readonly cluster: ClusterSummary; readonly worker: ClusterWorker };

const { Expanded, None } = vscode.TreeItemCollapsibleState;

const WORKER_ICONS: { readonly [state in ClusterWorker['state']]: readonly [icon: string, colour?: string] } = {
  starting: ['loading~spin'],
  warm: ['flame', 'charts.orange'],
  busy: ['gear~spin', 'progressBar.background'],
};

/** Clusters, live while in sight: who holds a place, what waits, and the processes that are kept warm. */
export class ClustersView implements vscode.TreeDataProvider<ClusterNode>, vscode.Disposable {
  readonly #context: UiContext;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #tree: vscode.TreeView<ClusterNode>;
  #following: Disposable | undefined;
  #clusters: Clusters['clusters'] = [];
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(context: UiContext) {
    this.#context = context;
    this.#tree = vscode.window.createTreeView('cairn.clusters', { treeDataProvider: this, showCollapseAll: true });
    this.#tree.onDidChangeVisibility(({ visible }) => this.#follow(visible));
    vscode.workspace.onDidGrantWorkspaceTrust(() => this.#follow(this.#tree.visible), undefined, context.extension.subscriptions);
  }

  getChildren(node?: ClusterNode): ClusterNode[] {
    if (node === undefined) return this.#clusters.map((cluster) => ({ kind: 'cluster', cluster }));
    if (node.kind !== 'cluster') return [];
    const { cluster } = node;
    return [
      ...cluster.leases.map((lease): ClusterNode => ({ kind: 'lease', cluster, lease })),
      ...cluster.workers.map((worker): ClusterNode => ({ kind: 'worker', cluster, worker })),
    ];
  }

  getParent(node: ClusterNode): ClusterNode | undefined {
    return node.kind === 'cluster' ? undefined : { kind: 'cluster', cluster: node.cluster };
  }

  getTreeItem(node: ClusterNode): vscode.TreeItem {
    switch (node.kind) {
      case 'cluster':
        return toClusterItem(node.cluster);
      case 'lease':
        return this.#toLeaseItem(node.cluster, node.lease);
      case 'worker':
        return toWorkerItem(node.cluster, node.worker);
    }
  }

  dispose(): void {
    this.#follow(false);
    this.#tree.dispose();
    this.#changed.dispose();
  }

  #follow(isVisible: boolean): void {
    const isWanted = isVisible && vscode.workspace.isTrusted;
    if (isWanted === (this.#following !== undefined)) return;
    this.#following?.dispose();
    this.#following = undefined;
    if (isWanted) this.#following = this.#context.link.followClusters(({ clusters }) => this.#show(clusters));
  }

  #show(clusters: Clusters['clusters']): void {
    this.#clusters = clusters;
    this.#changed.fire(undefined);
  }

  #toLeaseItem({ cluster }: ClusterSummary, { run, step, since }: Lease): vscode.TreeItem {
    const item = new vscode.TreeItem(toPlainText(step));
    const workflow = this.#context.link.runs.runs.find((one) => one.run === run)?.workflow ?? '';
    item.id = `${cluster}#${run}#${step}`;
    item.description = toDescription(workflow, vscode.l10n.t('since {0}', toTime(since)));
    item.iconPath = toIcon('sync~spin', 'progressBar.background');
    item.contextValue = 'lease';
    item.tooltip = toTooltip(step, [
      [vscode.l10n.t('Workflow'), workflow],
      [vscode.l10n.t('Holds a place since'), toFullTime(since)],
      [vscode.l10n.t('Run'), run],
    ]);
    const argument = { kind: 'task', run, task: { id: step } };
    item.command = { command: 'cairn.showRun', title: vscode.l10n.t('Show Run'), arguments: [argument] };
    item.accessibilityInformation = { label: `${step}, ${item.description}` };
    return item;
  }
}

function toClusterItem(cluster: ClusterSummary): vscode.TreeItem {
  const { slots, busy, queued, leases, workers, runtime } = cluster;
  const item = new vscode.TreeItem(cluster.cluster, leases.length + workers.length === 0 ? None : Expanded);
  const places = vscode.l10n.t('{0} of {1} places taken', busy, slots);
  item.id = cluster.cluster;
  item.description = toDescription(places, queued > 0 && vscode.l10n.t('{0} waiting', queued));
  item.iconPath = busy > 0 ? toIcon('server-process', 'progressBar.background') : toIcon('server');
  item.contextValue = 'cluster';
  item.tooltip = toTooltip(cluster.cluster, [
    [vscode.l10n.t('Runs on'), runtime],
    [vscode.l10n.t('Places'), places],
    [vscode.l10n.t('Waiting'), String(queued)],
    [vscode.l10n.t('Processes'), String(workers.length)],
  ]);
  item.accessibilityInformation = { label: `${cluster.cluster}, ${item.description}` };
  return item;
}

function toWorkerItem({ cluster }: ClusterSummary, worker: ClusterWorker): vscode.TreeItem {
  const { pid, environment, version, state, mode, rss, started, tasks } = worker;
  const name = mode === 'node' ? `Node ${version}` : `Python ${version}`;
  const item = new vscode.TreeItem(name);
  const done = tasks === 1 ? vscode.l10n.t('1 task') : vscode.l10n.t('{0} tasks', tasks);
  item.id = `${cluster}#${pid}`;
  item.description = toDescription(toWorkerText(state), environment, rss !== null && toBytes(rss), done);
  item.iconPath = toIcon(...WORKER_ICONS[state]);
  item.contextValue = 'worker';
  item.tooltip = toTooltip(name, [
    [vscode.l10n.t('State'), toWorkerText(state)],
    [vscode.l10n.t('Environment'), environment],
    [vscode.l10n.t('Kind'), toModeText(mode)],
    [vscode.l10n.t('Process'), String(pid)],
    [vscode.l10n.t('Memory'), rss === null ? '' : toBytes(rss)],
    [vscode.l10n.t('Started'), toFullTime(started)],
    [vscode.l10n.t('Was given'), done],
  ]);
  item.accessibilityInformation = { label: `${name}, ${item.description}` };
  return item;
}

function toWorkerText(state: ClusterWorker['state']): string {
  switch (state) {
    case 'starting':
      return vscode.l10n.t('starting');
    case 'warm':
      return vscode.l10n.t('warm');
    case 'busy':
      return vscode.l10n.t('at work');
  }
}

function toModeText(mode: ClusterWorker['mode']): string {
  switch (mode) {
    case 'zygote':
      return vscode.l10n.t('has the packages loaded, and forks for each task');
    case 'forked':
      return vscode.l10n.t('forked for one task');
    case 'kept':
      return vscode.l10n.t('takes one task after another');
    case 'node':
      return vscode.l10n.t('runs TypeScript');
  }
}

function toBytes(bytes: number): string {
  return `${Math.round(bytes / 1_048_576)} MB`;
}
