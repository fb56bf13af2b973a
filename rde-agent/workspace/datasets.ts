import type { DatasetDefinition, DatasetSource } from '../../language/model/dataset.ts';
import { toNearestName } from '../../language/model/nearNames.ts';
import type { Definition } from '../../language/service/workspaceModel.ts';
import type { DatasetsDocument, DatasetSummary, DatasetVersion } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { RunRole } from '../protocol/roles.ts';
import type { Principal } from '../protocol/who.ts';

/** The datasets that a workspace defines, with the versions that have arrived; `wanted` = only this one. Throws CairnError `unknown-dataset`. */
export function listDatasets(
  datasets: ReadonlyMap<string, Definition<DatasetDefinition>>,
  wanted: string | undefined,
  { runRole, who }: { readonly runRole: RunRole; readonly who: Principal },
): DatasetsDocument {
  const names = wanted === undefined ? [...datasets.keys()].sort() : [wanted];
  return { v: 1, datasets: names.map((name) => toSummary(find(datasets, name), runRole.datasetVersions(name, who))) };
}

function find(datasets: ReadonlyMap<string, Definition<DatasetDefinition>>, name: string): Definition<DatasetDefinition> {
  const definition = datasets.get(name);
  if (definition !== undefined) return definition;
  const nearest = toNearestName(name, [...datasets.keys()]);
  throw new CairnError(
    'unknown-dataset',
    `This workspace defines no dataset ${name}`,
    nearest === undefined ? {} : { next: `Did you mean ${nearest}?` },
  );
}

/** A file that is too broken to be read is listed with what is known of it: its name, its place and what has arrived before. */
function toSummary({ name, file, value }: Definition<DatasetDefinition>, versions: readonly DatasetVersion[]): DatasetSummary {
  return {
    dataset: name,
    file,
    source: value === undefined ? 'unknown' : toSourceText(value.source),
    format: value?.format ?? 'unknown',
    owner: value?.owner ?? null,
    domain: value?.domain ?? 'unknown',
    columns: (value?.columns ?? []).map((column) => ({
      name: column.name,
      type: column.type,
      labels: column.labels === undefined ? null : [...column.labels],
    })),
    versions: [...versions],
  };
}

/** What a person calls the source; nothing of a secret is in a definition. */
function toSourceText(source: DatasetSource): string {
  switch (source.kind) {
    case 'python':
      return `python ${source.entry.file}:${source.entry.function}`;
    case 'file':
      return `file ${source.path}`;
    case 'http':
      return source.url;
    case 's3':
      return `s3://${source.bucket}/${source.key}`;
    case 'postgres':
      return `postgres ${source.connection} ${source.table ?? '(query)'}`;
  }
}
