import type { Entry, ModuleContract } from './module.ts';
import { createModuleDefaults } from './moduleDefaults.ts';
import type { Column } from './portType.ts';

export type Domain = 'experiment' | 'production' | 'adhoc';

/** A file in the workspace, relative to the dataset file's folder. Its version is the digest of its bytes. */
export interface FileSource {
  readonly kind: 'file';
  readonly path: string;
  readonly environment: string | undefined;
}

/** GET over http or https, without redirects. Its version is the strong ETag, else the digest of its bytes. */
export interface HttpSource {
  readonly kind: 'http';
  readonly url: string;
  /** header → name of the secret that is its value */
  readonly headers: { readonly [header: string]: string };
  readonly environment: string | undefined;
}

/** One object of a store with the S3 API. Its version is the object's version id, else its ETag. */
export interface S3Source {
  readonly kind: 's3';
  readonly bucket: string;
  readonly key: string;
  readonly region: string | undefined;
  /** `undefined` = the region's own */
  readonly endpoint: string | undefined;
  /** names of secrets; `undefined` = the agent's own credential chain */
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string } | undefined;
  readonly environment: string | undefined;
}

/** Rows of a table or a query. Its version is what `version` (a query of one value) answers, else the digest of its rows. */
export interface PostgresSource {
  readonly kind: 'postgres';
  /** name of the secret that holds the connection URI */
  readonly connection: string;
  /** `schema.table`, or a query; exactly one */
  readonly table: string | undefined;
  readonly query: string | undefined;
  readonly version: string | undefined;
  readonly environment: string | undefined;
}

/** A function that yields the table. Its version is its code: it re-runs when that changes. */
export interface PythonSource {
  readonly kind: 'python';
  readonly entry: Entry;
  readonly environment: string | undefined;
}

/** Where a dataset comes from. `delta` is refused with `not-supported` until it works. */
export type DatasetSource = PythonSource | FileSource | HttpSource | S3Source | PostgresSource;

/** The entry of datasets that are read by the runner itself: no function of the user's. */
export const BUILT_IN_ENTRY: Entry = { file: 'cairn/source.py', function: 'read' };

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
    entry: dataset.source.kind === 'python' ? dataset.source.entry : BUILT_IN_ENTRY,
    environment: dataset.source.environment,
    inputs: [],
    params: [],
    outputs: [{ name: DATASET_PORT, type: { kind: 'table', columns: dataset.columns, open: false }, addLabels: [] }],
    seed: undefined,
    tests: undefined,
  };
}
