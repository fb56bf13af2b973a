import type { Entry, ModuleContract } from './module.ts';
import { createModuleDefaults } from './moduleDefaults.ts';
import type { Column } from './portType.ts';

export type Domain = 'experiment' | 'production' | 'adhoc';

/** Where a dataset comes from. Other kinds of the language are refused with `not-supported` until they work. */
export interface PythonSource {
  readonly kind: 'python';
  readonly entry: Entry;
  readonly environment: string | undefined;
}

export type DatasetSource = PythonSource;

export const DATASET_FORMATS = ['parquet', 'csv', 'arrow', 'json'] as const;
export type DatasetFormat = (typeof DATASET_FORMATS)[number];

/** A named table with labelled columns. Labels are born here and nowhere else. */
export interface DatasetDefinition {
  readonly name: string;
  readonly description: string;
  readonly source: DatasetSource;
  readonly format: DatasetFormat;
  readonly owner: string | undefined;
  readonly domain: Domain;
  readonly residency: string;
  readonly retention: string | undefined;
  readonly columns: readonly Column[];
}

/** The single output port of a dataset step: `raw` and `raw.data` mean the same. */
export const DATASET_PORT = 'data';

/** A dataset as a step: a module without inputs and parameters whose only output is the table. */
export function toDatasetContract(dataset: DatasetDefinition): ModuleContract {
  return {
    ...createModuleDefaults(),
    name: dataset.name,
    description: dataset.description,
    entry: dataset.source.entry,
    environment: dataset.source.environment,
    inputs: [],
    params: [],
    outputs: [{ name: DATASET_PORT, type: { kind: 'table', columns: dataset.columns, open: false }, addLabels: [] }],
    seed: undefined,
    tests: undefined,
  };
}
