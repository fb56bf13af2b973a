import type { DatasetSource } from '../../../language/model/dataset.ts';
import { WORKFLOW_INPUTS } from '../../../language/model/workflow.ts';
import type { DatasetVersion } from '../../protocol/documents.ts';
import type { PinnedStep } from '../../protocol/pinned.ts';
import type { TableProfile } from '../../protocol/profile.ts';
import type { LineageRecord, OutputRecord, TaskId } from '../../protocol/runEvents.ts';
import { toFacet, type Facets, type LineageDataset } from './lineageEvent.ts';
import type { RunState } from './runState.ts';

/** What names and facets are made from, beside the run at hand. */
export interface DatasetContext {
  readonly namespace: string;
  /** of another run; `undefined` = not known */
  readonly stateOf: (run: string) => RunState | undefined;
  /** arrived versions of a dataset, newest first */
  readonly versions: (dataset: string) => readonly DatasetVersion[];
}

/** A reference to one output: the run that it is of, its task and its port. */
interface Place {
  readonly state: RunState;
  readonly task: TaskId;
  readonly port: string;
}

/** What a task was given, each output once. */
export function toInputs(state: RunState, lineage: readonly LineageRecord[], context: DatasetContext): readonly LineageDataset[] {
  const places = lineage.flatMap(({ sources }) => sources.flatMap((source) => toPlaces(state, source.task, source.port, context)));
  return unique(places.map((place) => toInput(place, context)));
}

/** A fetched dataset reads from outside: its source, with what is known of the version that arrived. */
export function toSourceInputs(step: PinnedStep, output: OutputRecord | undefined, context: DatasetContext): readonly LineageDataset[] {
  const name = step.source === undefined ? undefined : toSourceName(step.source);
  if (name === undefined || output === undefined) return name === undefined ? [] : [name];
  const arrived = context.versions(step.name).find(({ digest }) => digest === output.logical);
  const facets = {
    ...toSchema(output),
    ...(arrived === undefined ? {} : { version: toFacet('version', { datasetVersion: arrived.version }) }),
  };
  const profile = arrived?.profile ?? null;
  return [{ ...name, facets, ...(profile === null ? {} : { inputFacets: { dataQualityMetrics: toMetrics(profile, output) } }) }];
}

export function toOutputs(
  state: RunState,
  task: TaskId,
  given: { readonly outputs: { readonly [port: string]: OutputRecord }; readonly lineage: readonly LineageRecord[] },
  context: DatasetContext,
): readonly LineageDataset[] {
  return Object.entries(given.outputs).map(([port, output]) => {
    const record = given.lineage.find((each) => each.output === port);
    return {
      ...toName({ state, task, port }, context),
      facets: {
        ...toSchema(output),
        ...toVersion(output),
        ...(record === undefined ? {} : toColumnLineage(state, output, record, context)),
      },
      outputFacets: {
        outputStatistics: toFacet('outputStatistics', {
          size: output.bytes,
          ...(output.rows === undefined ? {} : { rowCount: output.rows }),
        }),
      },
    };
  });
}

/** A task's output by what everybody calls it: a dataset by its own name, anything else by workflow, step and port. */
export function toName({ state, task, port }: Place, { namespace }: DatasetContext): { readonly namespace: string; readonly name: string } {
  const step = state.step(task);
  if (step?.kind === 'dataset') return { namespace, name: step.name };
  return { namespace, name: `${state.submitted.definition.workflow}/${task}.${port}` };
}

/** What a nested workflow was given is an output of the run around it. */
function toPlaces(state: RunState, task: TaskId, port: string, context: DatasetContext): readonly Place[] {
  if (task !== WORKFLOW_INPUTS) return [{ state, task, port }];
  const { origin } = state.submitted;
  const around = origin?.kind === 'nested' ? context.stateOf(origin.run) : undefined;
  if (origin?.kind !== 'nested' || around === undefined) return [{ state, task, port }];
  return around.findInput(origin.task, port).flatMap((found) => toPlaces(around, found.task, found.port, context));
}

function toInput(place: Place, context: DatasetContext): LineageDataset {
  const output = place.state.task(place.task).outputs[place.port];
  return { ...toName(place, context), ...(output === undefined ? {} : { facets: { ...toSchema(output), ...toVersion(output) } }) };
}

function toSchema({ columns }: OutputRecord): Facets {
  return columns === undefined ? {} : { schema: toFacet('schema', { fields: columns.map(({ name, type }) => ({ name, type })) }) };
}

function toVersion({ logical }: OutputRecord): Facets {
  return { version: toFacet('version', { datasetVersion: logical }) };
}

/** edges written one by one; above that, which columns were used at all */
const EDGES = 10_000;

/** At the floor every column that was given feeds every column that came out. */
function toColumnLineage(state: RunState, output: OutputRecord, record: LineageRecord, context: DatasetContext): Facets {
  const { columns = [] } = output;
  const inputFields = record.sources.flatMap(({ task, port, columns: given }) =>
    toPlaces(state, task, port, context).flatMap((place) => {
      const names = given ?? place.state.task(place.task).outputs[place.port]?.columns?.map(({ name }) => name) ?? [];
      const transformations = [{ type: 'DIRECT', subtype: 'TRANSFORMATION', description: record.evidence, masking: false }];
      return names.map((field) => ({ ...toName(place, context), field, transformations }));
    }),
  );
  if (columns.length === 0 || inputFields.length === 0) return {};
  const isWide = columns.length * inputFields.length > EDGES;
  const fields = isWide ? {} : Object.fromEntries(columns.map(({ name }) => [name, { inputFields }]));
  return { columnLineage: toFacet('columnLineage', isWide ? { fields, dataset: inputFields } : { fields }) };
}

function toMetrics(profile: TableProfile, { bytes }: OutputRecord): Facets[string] {
  const columnMetrics = Object.fromEntries(
    profile.columns.map(({ name, nulls, distinct, min, max }) => [
      name,
      {
        nullCount: nulls,
        ...(distinct === null ? {} : { distinctCount: distinct }),
        // The facet knows numbers only.
        ...(typeof min === 'number' ? { min } : {}),
        ...(typeof max === 'number' ? { max } : {}),
      },
    ]),
  );
  return toFacet('dataQualityMetrics', { rowCount: profile.rows, bytes, columnMetrics });
}

/** By OpenLineage's way of naming; a database by its secret's name, since nobody may know where it is. */
function toSourceName(source: DatasetSource): { readonly namespace: string; readonly name: string } | undefined {
  switch (source.kind) {
    case 'file':
      return { namespace: 'file', name: source.path };
    case 'http': {
      const { protocol, host, pathname } = new URL(source.url);
      return { namespace: `${protocol}//${host}`, name: pathname };
    }
    case 's3':
      return { namespace: `s3://${source.bucket}`, name: source.key };
    case 'postgres':
      return { namespace: `postgres:${source.connection}`, name: source.table ?? 'query' };
    case 'python':
      return undefined;
  }
}

function unique(datasets: readonly LineageDataset[]): readonly LineageDataset[] {
  return [...new Map(datasets.map((dataset) => [`${dataset.namespace}\n${dataset.name}`, dataset])).values()];
}
