import type { DatasetDefinition } from '../model/dataset.ts';
import { DatasetForm } from '../model/datasetForm.ts';
import type { Column } from '../model/portType.ts';
import { readForm, type FormReading } from './formReading.ts';
import { readEntryText } from './grammarReading.ts';
import type { ParsedFile } from './parsedFile.ts';
import { parseFile } from './parsing.ts';
import { refuseUnsupported, type Refusal } from './refusals.ts';

const LATER_SOURCES = ['file', 'http', 's3', 'postgres', 'delta'];

const REFUSALS: readonly Refusal[] = [
  {
    path: ['source', 'kind'],
    isMeant: (kind) => typeof kind === 'string' && LATER_SOURCES.includes(kind),
    at: 'value',
    message: 'This kind of source is not in this version. Use `kind: python` with an entry that reads the data.',
    removes: 'parent',
  },
];

/** `*.dataset.yaml` → the dataset. Never throws. */
export function parseDataset(file: string, text: string): ParsedFile<DatasetDefinition> {
  return parseFile(file, text, 'dataset', toDataset);
}

function toDataset(reading: FormReading): DatasetDefinition | undefined {
  refuseUnsupported(reading, REFUSALS);
  const form = readForm(reading, DatasetForm);
  if (form === undefined) return undefined;
  const entry = readEntryText(reading, ['source', 'entry'], form.source.entry);
  if (entry === undefined) return undefined;
  return {
    name: form.dataset,
    description: form.description ?? '',
    source: { kind: 'python', entry, environment: form.source.environment },
    format: form.format ?? 'parquet',
    owner: form.owner,
    domain: form.domain ?? 'experiment',
    residency: form.residency ?? 'any',
    retention: form.retention,
    columns: Object.entries(form.columns).map(([name, written]) => toColumn(name, written)),
  };
}

function toColumn(name: string, written: DatasetForm['columns'][string]): Column {
  if (typeof written === 'string') return { name, type: written };
  return written.labels === undefined ? { name, type: written.type } : { name, type: written.type, labels: written.labels };
}
