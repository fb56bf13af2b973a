import type { DatasetsDocument, DatasetSummary, DatasetVersion } from '../../protocol/documents.ts';
import type { ColumnProfile } from '../../protocol/profile.ts';
import type { CommandContext } from '../commandContext.ts';
import { toShortDigest } from '../numbers.ts';
import { toTable } from '../table.ts';
import { toPlainText } from '../terminal.ts';

/** characters of a version that a list shows */
const VERSION = 40;

export async function listDatasets(context: CommandContext): Promise<number> {
  const document = await ask(context, undefined);
  context.answer(document, () => toListText(document.datasets));
  return 0;
}

export async function showDataset(context: CommandContext, dataset: string): Promise<number> {
  const document = await ask(context, dataset);
  context.answer(document, () => document.datasets.map(toDatasetText).join('\n'));
  return 0;
}

async function ask(context: CommandContext, dataset: string | undefined): Promise<DatasetsDocument> {
  const root = context.root();
  const agent = await context.agent();
  return agent.request('dataset.list', { root, ...(dataset === undefined ? {} : { dataset }) }, context.interrupted);
}

function toListText(datasets: readonly DatasetSummary[]): string {
  if (datasets.length === 0) return 'no datasets\n';
  const rows = datasets.map(({ dataset, source, columns, versions: [newest] }) => [
    dataset,
    source,
    String(columns.length),
    newest?.profile == null ? '' : String(newest.profile.rows),
    newest === undefined ? 'none yet' : toVersionText(newest),
    newest?.at ?? '',
  ]);
  return toTable(
    [['DATASET', 'SOURCE', 'COLUMNS', 'ROWS', 'NEWEST VERSION', 'ARRIVED'], ...rows].map((row) => row.map(toPlainText)),
    [2, 3],
  );
}

function toDatasetText(summary: DatasetSummary): string {
  const { dataset, file, source, format, owner, domain, versions } = summary;
  const facts = [
    ['file', file],
    ['source', source],
    ['format', format],
    ['owner', owner ?? '–'],
    ['domain', domain],
  ] as const;
  const lines = facts.map(([name, value]) => `  ${name.padEnd(7)} ${toPlainText(value)}\n`).join('');
  const arrived = versions.map((version) => [toVersionText(version), version.at, toShortDigest(version.digest), version.run]);
  const history = arrived.length === 0 ? 'no version has arrived yet\n' : toTable([['VERSION', 'ARRIVED', 'CONTENT', 'RUN'], ...arrived]);
  return `${dataset}\n${lines}\n${toColumnsText(summary)}\n${history}`;
}

/** Declared columns with the profile of the newest version that has one. */
function toColumnsText({ columns, versions }: DatasetSummary): string {
  const profile = versions.find((version) => version.profile !== null)?.profile;
  const profiles = new Map((profile?.columns ?? []).map((column) => [column.name, column]));
  const rows = columns.map(({ name, type, labels }) => [
    name,
    type,
    labels === null ? 'unlabelled' : labels.join(', '),
    ...toProfileCells(profiles.get(name)),
  ]);
  return toTable(
    [['COLUMN', 'TYPE', 'LABELS', 'NULLS', 'DISTINCT', 'MIN', 'MAX'], ...rows].map((row) => row.map(toPlainText)),
    [3, 4],
  );
}

function toProfileCells(profile: ColumnProfile | undefined): readonly string[] {
  if (profile === undefined) return ['', '', '', ''];
  const { nulls, distinct, min, max } = profile;
  return [String(nulls), distinct === null ? '' : String(distinct), min === null ? '' : String(min), max === null ? '' : String(max)];
}

function toVersionText({ version }: DatasetVersion): string {
  if (/^sha256:[0-9a-f]{64}$/.test(version)) return toShortDigest(version);
  const plain = toPlainText(version);
  return plain.length > VERSION ? `${plain.slice(0, VERSION - 1)}…` : plain;
}
