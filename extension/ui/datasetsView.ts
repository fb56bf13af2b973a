import { join } from 'node:path';
import * as vscode from 'vscode';
import type { DatasetSummary, DatasetVersion } from '../../rde-agent/protocol/documents.ts';
import type { ColumnProfile } from '../../rde-agent/protocol/profile.ts';
import type { UiContext } from './context.ts';
import { createListTree, type ListTree } from './listTree.ts';
import { toPlainText } from './logText.ts';
import { followRoots } from './modulesView.ts';
import { toTime } from './times.ts';
import { toDescription, toTooltip } from './tooltips.ts';

interface Named {
  readonly root: string;
  readonly dataset: DatasetSummary;
}

type Column = DatasetSummary['columns'][number];

export type DatasetNode =
  | (Named & { readonly kind: 'dataset' })
  | (Named & { readonly kind: 'columns' })
  | (Named & { readonly kind: 'versions' })
  | (Named & { readonly kind: 'column'; readonly column: Column })
  | (Named & { readonly kind: 'version'; readonly version: DatasetVersion });

const { Collapsed, None } = vscode.TreeItemCollapsibleState;

/** Datasets with their columns, what is known of the data in them, and the versions that have arrived. */
export function createDatasetsView(context: UiContext): ListTree<DatasetNode> {
  return createListTree<readonly Named[], DatasetNode>(context, {
    id: 'cairn.datasets',
    ask: () => askDatasets(context),
    toRoots: (found) => found.map((named) => ({ ...named, kind: 'dataset' })),
    toChildren,
    toParent,
    toItem,
    // A version arrives by a run.
    changes: [context.link.onDidChangeWorkspace, context.link.onDidChangeRuns, context.roots.onDidChange],
  });
}

async function askDatasets(context: UiContext): Promise<readonly Named[]> {
  const roots = await followRoots(context);
  const answers = await Promise.all(roots.map((root) => context.link.request('dataset.list', { root })));
  return answers.flatMap(({ datasets }, at) => datasets.map((dataset) => ({ root: roots[at] ?? '', dataset })));
}

function toChildren(node: DatasetNode): readonly DatasetNode[] {
  const { root, dataset } = node;
  switch (node.kind) {
    case 'dataset':
      return [
        { kind: 'columns', root, dataset },
        { kind: 'versions', root, dataset },
      ];
    case 'columns':
      return dataset.columns.map((column) => ({ kind: 'column', root, dataset, column }));
    case 'versions':
      return dataset.versions.map((version) => ({ kind: 'version', root, dataset, version }));
    case 'column':
    case 'version':
      return [];
  }
}

function toParent({ kind, root, dataset }: DatasetNode): DatasetNode | undefined {
  switch (kind) {
    case 'dataset':
      return undefined;
    case 'columns':
    case 'versions':
      return { kind: 'dataset', root, dataset };
    case 'column':
      return { kind: 'columns', root, dataset };
    case 'version':
      return { kind: 'versions', root, dataset };
  }
}

function toItem(node: DatasetNode): vscode.TreeItem {
  const item = toKindItem(node);
  const label = typeof item.label === 'string' ? item.label : '';
  const description = typeof item.description === 'string' ? item.description : '';
  const base = `${node.root}#${node.dataset.dataset}#${node.kind}`;
  item.id = node.kind === 'column' || node.kind === 'version' ? `${base}#${label}` : base;
  item.contextValue = node.kind;
  item.accessibilityInformation = { label: toDescription(label, description).replaceAll(' · ', ', ') };
  if (node.kind === 'dataset' || node.kind === 'column') {
    const uri = vscode.Uri.file(join(node.root, node.dataset.file));
    item.command = { command: 'vscode.open', title: vscode.l10n.t('Open'), arguments: [uri] };
  }
  return item;
}

function toKindItem(node: DatasetNode): vscode.TreeItem {
  const { dataset } = node;
  switch (node.kind) {
    case 'dataset':
      return toDatasetItem(dataset);
    case 'columns':
      return toGroupItem(vscode.l10n.t('Columns'), 'list-unordered', dataset.columns.length);
    case 'versions':
      return toGroupItem(vscode.l10n.t('Versions'), 'history', dataset.versions.length);
    case 'column':
      return toColumnItem(dataset, node.column);
    case 'version':
      return toVersionItem(node.version);
  }
}

function toDatasetItem(dataset: DatasetSummary): vscode.TreeItem {
  const item = new vscode.TreeItem(dataset.dataset, Collapsed);
  const [newest] = dataset.versions;
  const rows = newest?.profile == null ? '' : toRows(newest.profile.rows);
  const unlabelled = dataset.columns.filter(({ labels }) => labels === null).length;
  item.description = toDescription(rows, newest === undefined && vscode.l10n.t('no version yet'), dataset.format);
  item.iconPath = new vscode.ThemeIcon('database');
  item.tooltip = toTooltip(
    dataset.dataset,
    [
      [vscode.l10n.t('Source'), dataset.source],
      [vscode.l10n.t('Format'), dataset.format],
      [vscode.l10n.t('Owner'), dataset.owner],
      [vscode.l10n.t('Domain'), dataset.domain],
      [vscode.l10n.t('Newest version'), newest === undefined ? '' : `${toShort(newest.version)}, ${toTime(newest.at)}`],
      [vscode.l10n.t('File'), dataset.file],
    ],
    [unlabelled === 0 ? '' : vscode.l10n.t('{0} of {1} columns carry no label.', unlabelled, dataset.columns.length)],
  );
  return item;
}

function toGroupItem(label: string, icon: string, count: number): vscode.TreeItem {
  const item = new vscode.TreeItem(label, count === 0 ? None : Collapsed);
  item.description = String(count);
  item.iconPath = new vscode.ThemeIcon(icon);
  return item;
}

function toColumnItem(dataset: DatasetSummary, column: Column): vscode.TreeItem {
  const item = new vscode.TreeItem(column.name);
  const profile = findProfile(dataset, column.name);
  const labels = column.labels === null ? vscode.l10n.t('no label') : column.labels.join(', ');
  item.description = toDescription(column.type, labels);
  item.iconPath = new vscode.ThemeIcon(column.labels === null || column.labels.length === 0 ? 'symbol-field' : 'shield');
  item.tooltip = toTooltip(column.name, [
    [vscode.l10n.t('Type'), column.type],
    [vscode.l10n.t('Labels'), labels],
    ...toProfileFacts(profile),
  ]);
  return item;
}

/** Of the newest version that has a profile. */
function findProfile({ versions }: DatasetSummary, name: string): ColumnProfile | undefined {
  const profile = versions.find((version) => version.profile !== null)?.profile;
  return profile?.columns.find((column) => column.name === name);
}

function toProfileFacts(profile: ColumnProfile | undefined): readonly (readonly [string, string])[] {
  if (profile === undefined) return [];
  const { nulls, distinct, min, max } = profile;
  return [
    [vscode.l10n.t('Missing'), toRows(nulls)],
    [vscode.l10n.t('Distinct values'), distinct === null ? '' : String(distinct)],
    [vscode.l10n.t('Smallest'), min === null ? '' : String(min)],
    [vscode.l10n.t('Largest'), max === null ? '' : String(max)],
  ];
}

function toVersionItem({ version, at, digest, run, profile }: DatasetVersion): vscode.TreeItem {
  const item = new vscode.TreeItem(toShort(version));
  item.description = toDescription(profile !== null && toRows(profile.rows), toTime(at));
  item.iconPath = new vscode.ThemeIcon('git-commit');
  item.tooltip = toTooltip(toPlainText(version), [
    [vscode.l10n.t('Arrived'), toTime(at)],
    [vscode.l10n.t('Content'), digest],
    [vscode.l10n.t('Run'), run],
  ]);
  item.command = { command: 'cairn.showRun', title: vscode.l10n.t('Show Run'), arguments: [{ kind: 'run', run: { run } }] };
  return item;
}

function toRows(rows: number): string {
  return rows === 1 ? vscode.l10n.t('1 row') : vscode.l10n.t('{0} rows', rows.toLocaleString());
}

/** A content digest is recognised by its beginning. */
function toShort(version: string): string {
  return /^sha256:[0-9a-f]{64}$/.test(version) ? version.slice(7, 19) : toPlainText(version);
}
