import { DATASET_PORT } from '../../../language/model/dataset.ts';
import type { DatasetVersion } from '../../protocol/documents.ts';
import { toStepId, type OutputRecord, type Recorded, type RunEvent } from '../../protocol/runEvents.ts';
import type { RunView } from '../../protocol/runView.ts';
import { CairnError } from '../../protocol/errors.ts';
import { toUnknown } from '../why.ts';

export interface NamedOutput {
  readonly port: string;
  readonly output: OutputRecord;
  /** names of columns that its contract declares */
  readonly declared: readonly string[];
}

/** An output of a task of this run. Throws `unknown-step`, or `invalid-request` where there is no such output, or none yet. */
export function findOutput(
  view: RunView,
  { step, port, prefix }: { readonly step: string; readonly port: string | undefined; readonly prefix: string },
  events: readonly Recorded<RunEvent>[],
): NamedOutput {
  const task = view.tasks[step];
  if (task === undefined) throw toUnknown(view, step);
  const path = prefix + step;
  if (task.state !== 'succeeded')
    throw new CairnError('invalid-request', `${path} has no outputs: it is ${task.state}`, {
      next: `See what became of it with \`cairn show ${view.run}\`.`,
    });
  const names = Object.keys(task.outputs);
  const [only] = names;
  const wanted = port ?? (names.length === 1 ? only : undefined);
  const output = wanted === undefined ? undefined : task.outputs[wanted];
  if (wanted === undefined || output === undefined)
    throw new CairnError('invalid-request', port === undefined ? `${path} has ${toHowMany(names)}` : `${path} has no output ${port}`, {
      next: names.length === 0 ? 'Name another step: this one has no outputs.' : `Name one of ${names.join(', ')}.`,
    });
  return { port: wanted, output, declared: listDeclared(events, step, wanted) };
}

/** The step of the run with which this version of the dataset has arrived. Throws `unknown-step` where the run has none (any more). */
export function findArrival({ run, steps, tasks }: RunView, dataset: string, { version, digest }: DatasetVersion): string {
  const step = steps.find(
    ({ kind, name, id }) => kind === 'dataset' && name === dataset && tasks[id]?.outputs[DATASET_PORT]?.logical === digest,
  );
  if (step !== undefined) return step.id;
  throw new CairnError('unknown-step', `Version ${version} of ${dataset} is not an output of run ${run}, with which it arrived`, {
    next: `Run a workflow that reads ${dataset} again.`,
  });
}

function toHowMany(names: readonly string[]): string {
  return names.length === 0 ? 'no outputs' : 'several outputs';
}

function listDeclared([first]: readonly Recorded<RunEvent>[], task: string, port: string): readonly string[] {
  if (first?.event.type !== 'run.submitted') return [];
  const step = first.event.definition.steps.find(({ id }) => id === toStepId(task));
  const type = step?.contract.outputs.find(({ name }) => name === port)?.type;
  return type?.kind === 'table' ? type.columns.map(({ name }) => name) : [];
}
