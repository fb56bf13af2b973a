import type { DatasetDefinition } from '../model/dataset.ts';
import { DatasetForm } from '../model/datasetForm.ts';
import type { Column } from '../model/portType.ts';
import { later } from '../model/words.ts';
import { readForm, type FormReading } from './formReading.ts';
import type { ParsedFile } from './parsedFile.ts';
import { parseFile } from './parsing.ts';
import { readSource } from './readSource.ts';
import { refuseUnsupported, type Refusal } from './refusals.ts';

const REFUSALS: readonly Refusal[] = [
  {
    path: ['source', 'kind'],
    isMeant: (kind) => kind === 'delta',
    at: 'value',
    message: later('Delta tables are not in this version. Use `kind: python` with an entry that reads the table.'),
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
  const source = readSource(reading, form.source);
  if (source === undefined) return undefined;
  return {
    name: form.dataset,
    description: form.description ?? '',
    source,
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
