import { toCanonicalJson } from '../../language/model/json.ts';
import type { Digest } from '../../language/model/names.ts';
import { chooseSteps } from '../engine/chooseSteps.ts';
import type { Hash } from '../engine/hash.ts';
import { splitPath } from '../engine/standing.ts';
import { usesRunId } from '../engine/taskParams.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedStep, PinnedWorkflow } from '../protocol/pinned.ts';
import type { Receipt, ReceiptTask } from '../protocol/receipt.ts';
import { toStepId, type GivenResult, type OutputRecord, type Recorded, type RunEvent, type TaskId } from '../protocol/runEvents.ts';
import type { RunView } from '../protocol/runView.ts';
import type { TaskView } from '../protocol/taskView.ts';
import type { BlobCache } from './blobCache.ts';
import { parseDirectory, type Manifests } from './manifests.ts';
import type { RunLibrary } from './runLibrary.ts';

export interface ReceiptServices {
  readonly library: RunLibrary;
  readonly blobs: BlobCache;
  readonly manifests: Manifests;
  readonly hash: Hash;
}

/** A receipt with the bytes that its digest is of. */
export interface MadeReceipt {
  readonly receipt: Receipt;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/**
 * The receipt of a run that has ended, from its own record and those of the runs nested in it. Rejects with `unknown-run`, or with `invalid-request`
 * when it has not ended.
 */
export async function makeReceipt(run: string, services: ReceiptServices): Promise<MadeReceipt> {
  const { view } = services.library.get(run);
  const events = services.library.events(run, 0);
  const first = events[0]?.event;
  if (first?.type !== 'run.submitted') throw new CairnError('unknown-run', `There is no run ${run}`);
  if (view.finished === null || (view.state !== 'succeeded' && view.state !== 'failed' && view.state !== 'cancelled')) {
    throw new CairnError('invalid-request', `Run ${run} is still ${view.state}: a receipt is of a run that has ended`, {
      next: `Wait for its end (\`cairn logs -f ${run}\`), or cancel it.`,
    });
  }
  const tasks: ReceiptTask[] = [];
  const runs: { [path: string]: string } = {};
  const definition = toPart(first.definition, first.from);
  addTasks({ view, events, definition, prefix: '' }, services, tasks, runs);
  const inputs = first.inputs ?? {};
  const receipt: Receipt = {
    v: 1,
    run: first.replay?.run ?? run,
    workflow: view.workflow,
    state: view.state,
    submitted: view.submitted,
    finished: view.finished,
    nominalTime: first.nominalTime ?? null,
    definition,
    inputs,
    tasks,
    runs,
    blobs: await listBlobs(
      definition,
      [...Object.values(inputs), ...[...listPinned(tasks, definition).values()].flatMap((given) => Object.values(given.outputs))],
      services,
    ),
  };
  return toMade(receipt, services.hash);
}

export function toMade(receipt: Receipt, hash: Hash): MadeReceipt {
  const bytes = new TextEncoder().encode(toCanonicalJson(receipt));
  return { receipt, digest: hash(bytes), bytes };
}

/** Only steps that were part of the run. */
function toPart(definition: PinnedWorkflow, from: string | null): PinnedWorkflow {
  if (from === null) return definition;
  const chosen = chooseSteps(definition, from);
  return { ...definition, steps: definition.steps.filter(({ id }) => chosen.has(id)) };
}

interface Part {
  readonly view: RunView;
  readonly events: readonly Recorded<RunEvent>[];
  readonly definition: PinnedWorkflow;
  /** of the paths of its tasks */
  readonly prefix: string;
}

function addTasks(part: Part, services: ReceiptServices, tasks: ReceiptTask[], runs: { [path: string]: string }): void {
  const { view, definition, prefix } = part;
  const steps = new Map(definition.steps.map((step) => [step.id, step]));
  const told = readTold(part.events);
  for (const id of view.order) {
    const task = view.tasks[id];
    const step = task && steps.get(task.step);
    if (task === undefined || step === undefined) continue;
    const path = `${prefix}${id}`;
    tasks.push(toTask(path, task, step, told.get(id) ?? {}));
    if (task.run === undefined) continue;
    runs[path] = readRepeated(task.run, services) ?? task.run;
    const inner = (definition.workflows ?? []).find(({ workflow }) => workflow === step.name);
    const known = services.library.find(task.run);
    if (inner === undefined || known === undefined) continue;
    const events = services.library.events(task.run, 0);
    const nested = { view: known.view, events, definition: { ...inner, workflows: definition.workflows ?? [] }, prefix: `${path}/` };
    addTasks(nested, services, tasks, runs);
  }
}

/** A replay stands for the run that it repeats. */
function readRepeated(run: string, { library }: ReceiptServices): string | undefined {
  const first = library.events(run, 0)[0]?.event;
  return first?.type === 'run.submitted' ? first.replay?.run : undefined;
}

type Told = Pick<ReceiptTask, 'version' | 'producer'>;

/** What a task's view does not say. */
function readTold(events: readonly Recorded<RunEvent>[]): ReadonlyMap<TaskId, Told> {
  const told = new Map<TaskId, Told>();
  for (const { event } of events) {
    if (event.type !== 'task.reused' && event.type !== 'task.started') continue;
    const version = event.parts?.source?.version;
    told.set(event.task, {
      ...(version === undefined ? {} : { version }),
      ...(event.type === 'task.reused' ? { producer: event.producer } : {}),
    });
  }
  return told;
}

function toTask(path: string, task: TaskView, step: PinnedStep, told: Told): ReceiptTask {
  return {
    path,
    module: step.name,
    kind: step.kind,
    state: task.state,
    decision: task.decision,
    key: task.key,
    determinism: step.contract.determinism,
    seed: step.contract.seed ?? null,
    ...told,
    ...(task.run === undefined ? {} : { run: task.run }),
    outputs: task.outputs,
    metrics: task.metrics,
    ...(task.error === null ? {} : { error: task.error.code }),
  };
}

/** Whether a step gives what nobody can compute again: a dataset that is fetched, or read from the outside world. */
export function isFromOutside({ kind, source, contract }: PinnedStep): boolean {
  if (source !== undefined) return source.kind !== 'file';
  return kind === 'dataset' && contract.determinism === 'external';
}

/** By path: what a replay takes as it was, since nobody can compute it again here. */
export function listPinned(tasks: readonly ReceiptTask[], definition: PinnedWorkflow): ReadonlyMap<string, GivenResult> {
  const pinned = tasks.filter((task) => task.state === 'succeeded' && isPinned(task, findStep(definition, splitWhole(task.path))));
  return new Map(pinned.map(({ path, outputs, metrics }) => [path, { outputs, metrics }]));
}

function isPinned({ decision, producer }: ReceiptTask, step: PinnedStep | undefined): boolean {
  if (step === undefined) return false;
  // Computed by a run with another id, which it was told.
  return isFromOutside(step) || (decision === 'reused' && producer !== undefined && usesRunId(step));
}

function splitWhole(path: string): readonly string[] {
  const [first, rest] = splitPath(path);
  return rest === null ? [first] : [first, ...splitWhole(rest)];
}

/** The step of a task by the parts of its path, nested ones included. */
function findStep({ steps, workflows = [] }: PinnedWorkflow, [first = '', ...rest]: readonly string[]): PinnedStep | undefined {
  const step = steps.find(({ id }) => id === toStepId(first));
  if (step === undefined || rest.length === 0) return step;
  const inner = workflows.find(({ workflow }) => workflow === step.name);
  return inner && findStep({ ...inner, workflows }, rest);
}

async function listBlobs(
  definition: PinnedWorkflow,
  outputs: readonly OutputRecord[],
  { blobs, manifests }: ReceiptServices,
): Promise<Digest[]> {
  const found = new Set<Digest>();
  for (const { steps, environments } of [definition, ...(definition.workflows ?? [])]) {
    for (const { lock } of environments) if (lock !== null) found.add(lock);
    for (const step of steps.filter(({ kind }) => kind !== 'workflow')) {
      for (const artifact of [step.artifact, ...(step.libraries ?? []).map((library) => library.artifact)]) {
        found.add(artifact);
        // One whose list is lost cannot be repeated anyway; whoever tries is told that it is missing.
        const manifest = await manifests.load(artifact).catch(() => undefined);
        for (const { digest } of manifest?.files ?? []) found.add(digest);
      }
    }
  }
  for (const output of outputs) await addOutput(output, blobs, found);
  return [...found].sort();
}

async function addOutput(output: OutputRecord, blobs: BlobCache, found: Set<Digest>): Promise<void> {
  if (output.items !== undefined) {
    for (const item of output.items) await addOutput(item, blobs, found);
    return;
  }
  found.add(output.digest);
  if (output.format !== 'manifest') return;
  const bytes = await blobs.read(output.digest);
  for (const { digest } of (bytes && parseDirectory(bytes))?.files ?? []) found.add(digest);
}
