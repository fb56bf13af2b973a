import type { DatasetDefinition, DatasetFormat } from '../model/dataset.ts';
import { t } from '../model/words.ts';
import { toReplacement, type FindingOptions, type Findings } from '../parse/findings.ts';
import type { SourceMap } from '../parse/sourceMap.ts';
import { toEntryInsertion } from './insertEntry.ts';

const FORMATS: { readonly [ending: string]: DatasetFormat } = {
  csv: 'csv',
  parquet: 'parquet',
  pq: 'parquet',
  arrow: 'arrow',
  feather: 'arrow',
  json: 'json',
  jsonl: 'json',
  ndjson: 'json',
};

/** The ending of a file says what it is; `format` says how it is read. */
export function checkFormat(findings: Findings, source: SourceMap, { source: from, format }: DatasetDefinition): void {
  const [key, text] =
    from.kind === 'file'
      ? ['path', from.path]
      : from.kind === 'http'
        ? ['url', toPath(from.url)]
        : from.kind === 's3'
          ? ['key', from.key]
          : ['', ''];
  const ending = /\.([a-z]+)$/.exec(text)?.[1] ?? '';
  const likely = Object.hasOwn(FORMATS, ending) ? FORMATS[ending] : undefined;
  if (likely === undefined || likely === format) return;
  const isSaid = source.has(['format']);
  const message = t`This looks like ${likely}, but ${isSaid ? t`\`format\` is ${format}` : t`without a \`format\` it is read as ${format}`}.`;
  findings.add('format-mismatch', source.valueRange(['source', key]), message, { severity: 'warning', ...toFormatFix(source, likely) });
}

function toPath(url: string): string {
  return url.replace(/[?#].*$/s, '').replace(/^https?:\/\/[^/]*/, '');
}

function toFormatFix(source: SourceMap, format: DatasetFormat): FindingOptions {
  if (source.has(['format'])) return { fix: toReplacement(source.file, source.valueRange(['format']), format) };
  const keys = ['dataset', 'description', 'source', 'owner', 'domain', 'residency', 'retention', 'columns'];
  const edit = toEntryInsertion(source, [], keys, { key: 'format', value: format }, ['source']);
  return edit === undefined ? {} : { fix: { title: t`Read it as ${format}`, edits: [edit] } };
}

/** A column without labels counts as the most restricted: said where others have some, and once where none has. */
export function checkLabelling(findings: Findings, source: SourceMap, { columns }: DatasetDefinition): void {
  const unlabelled = columns.filter(({ labels }) => (labels ?? []).length === 0);
  if (columns.length === 0) return;
  if (unlabelled.length === columns.length) {
    findings.add('unlabelled-column', source.keyRange(['columns']), t('No column has labels: all count as the most restricted.'), {
      severity: 'info',
    });
    return;
  }
  for (const { name } of unlabelled) {
    findings.add('unlabelled-column', source.keyRange(['columns', name]), t`\`${name}\` has no labels: it counts as the most restricted.`, {
      severity: 'info',
    });
  }
}
