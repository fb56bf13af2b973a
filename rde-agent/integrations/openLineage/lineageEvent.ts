/** What OpenLineage 2-0-2 calls a run event, in the parts that we write. Every facet says who made it and which schema it follows. */

export const PRODUCER = 'https://cairn.invalid/agent';
const SPEC = 'https://openlineage.io/spec';
export const RUN_EVENT_SCHEMA = `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunEvent`;

export interface Facet {
  readonly _producer: string;
  readonly _schemaURL: string;
}
export interface Facets {
  readonly [name: string]: Facet;
}

export interface LineageDataset {
  readonly namespace: string;
  readonly name: string;
  readonly facets?: Facets;
  readonly inputFacets?: Facets;
  readonly outputFacets?: Facets;
}

export type LineageEventType = 'START' | 'COMPLETE' | 'FAIL' | 'ABORT';

export interface LineageJob {
  readonly namespace: string;
  readonly name: string;
  readonly facets?: Facets;
}

export interface LineageEvent {
  readonly eventType: LineageEventType;
  /** RFC 3339 */
  readonly eventTime: string;
  readonly producer: string;
  readonly schemaURL: string;
  readonly run: { readonly runId: string; readonly facets: Facets };
  readonly job: LineageJob;
  readonly inputs: readonly LineageDataset[];
  readonly outputs: readonly LineageDataset[];
}

/** The versions of the facets that we follow. */
const FACETS = {
  parent: '1-1-0/ParentRunFacet.json#/$defs/ParentRunFacet',
  nominalTime: '1-0-1/NominalTimeRunFacet.json#/$defs/NominalTimeRunFacet',
  errorMessage: '1-0-1/ErrorMessageRunFacet.json#/$defs/ErrorMessageRunFacet',
  jobType: '2-0-3/JobTypeJobFacet.json#/$defs/JobTypeJobFacet',
  schema: '1-1-1/SchemaDatasetFacet.json#/$defs/SchemaDatasetFacet',
  version: '1-0-1/DatasetVersionDatasetFacet.json#/$defs/DatasetVersionDatasetFacet',
  columnLineage: '1-2-0/ColumnLineageDatasetFacet.json#/$defs/ColumnLineageDatasetFacet',
  dataQualityMetrics: '1-0-2/DataQualityMetricsInputDatasetFacet.json#/$defs/DataQualityMetricsInputDatasetFacet',
  outputStatistics: '1-0-2/OutputStatisticsOutputDatasetFacet.json#/$defs/OutputStatisticsOutputDatasetFacet',
} as const;

export function toFacet<T extends object>(kind: keyof typeof FACETS, fields: T): Facet & T {
  return { _producer: PRODUCER, _schemaURL: `${SPEC}/facets/${FACETS[kind]}`, ...fields };
}

/** Facets of our own, told apart by their prefix. */
export function toOwnFacet<T extends object>(name: string, fields: T): { readonly [name: string]: Facet & T } {
  return { [`cairn_${name}`]: { _producer: PRODUCER, _schemaURL: `${SPEC}/2-0-2/OpenLineage.json#/$defs/RunFacet`, ...fields } };
}
