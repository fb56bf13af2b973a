import { DATASET_PORT } from '../../language/model/dataset.ts';
import type { DatasetVersion } from '../protocol/documents.ts';
import { toDatasetStream } from '../protocol/catalogEvents.ts';
import { CairnError } from '../protocol/errors.ts';
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

/** versions that an error names */
const NAMED = 3;

/** The version of this name or content, or the newest. Throws `unknown-dataset`. `versions`: newest first. */
export function findVersion(dataset: string, version: string | undefined, versions: readonly DatasetVersion[]): DatasetVersion {
  const [newest] = versions;
  if (newest === undefined)
    throw new CairnError('unknown-dataset', `No version of ${dataset} has arrived yet`, {
      next: 'Run a workflow that reads it; `cairn dataset list` says what has arrived.',
    });
  const wanted = version === undefined ? newest : versions.find((each) => each.version === version || each.digest === version);
  if (wanted !== undefined) return wanted;
  const names = versions.slice(0, NAMED).map((each) => each.version);
  throw new CairnError('unknown-dataset', `${dataset} has no version ${version ?? ''}`, {
    next: `The newest are ${names.join(', ')}; see all with \`cairn dataset show ${dataset}\`.`,
  });
}
