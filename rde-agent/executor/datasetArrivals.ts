import { DATASET_PORT } from '../../language/model/dataset.ts';
import type { DatasetVersion } from '../protocol/documents.ts';
import { toDatasetStream } from '../protocol/catalogEvents.ts';
import type { BesideEvent, SourceArrival } from './sourceHook.ts';

/** What is known of arrived versions; newest first. */
export interface KnownVersions {
  datasetVersions(dataset: string, limit: number): readonly DatasetVersion[];
}

/** versions of one dataset among which the arrived one is sought; an older one that comes back is recorded as the newest again */
const COMPARED = 1000;

/** `dataset.arrived` for a version that is not known yet. */
export function toArrivals({ run, node, version, outputs, told }: SourceArrival, known: KnownVersions): readonly BesideEvent[] {
  const output = outputs[DATASET_PORT];
  if (output === undefined) return [];
  const dataset = node.step.name;
  const arrived = version ?? output.logical;
  const earlier = known.datasetVersions(dataset, COMPARED).find((each) => each.version === arrived);
  // The same version with other content: its reader, its columns or its environment has changed what it gives.
  if (earlier !== undefined && earlier.digest === output.logical) return [];
  const profile = told.find((each) => each.name === DATASET_PORT)?.profile ?? null;
  return [
    {
      stream: toDatasetStream(dataset),
      event: { type: 'dataset.arrived', dataset, version: arrived, digest: output.logical, profile, run },
    },
  ];
}
