import type { RunDocument, RunStepDocument, RunSummary } from './documents.ts';
import type { OutputRecord, RunOrigin } from './runEvents.ts';
import type { RunView, StepView } from './runView.ts';
import type { TaskView } from './taskView.ts';

/** The state of a nested run; `undefined` = not to be had. */
export type RunLookup = (run: string) => RunView | undefined;

/**
 * The document of `cairn show --json` and the last line of `cairn run --json`, from the state that everyone sees. With a lookup, the
 * steps of nested runs follow their own step, as `check/score`, to any depth.
 */
export function toRunDocument(view: RunView, nested: RunLookup = () => undefined): RunDocument {
  const { origin, nominalTime } = view;
  return {
    v: 1,
    run: view.run,
    workflow: view.workflow,
    state: view.state,
    seconds: view.seconds,
    saved: toSaved(view, nested),
    started: view.submitted,
    by: view.by,
    ...toParent(view),
    ...(origin === undefined ? {} : { origin }),
    ...(nominalTime === undefined ? {} : { nominalTime }),
    steps: toSteps(view, nested, ''),
  };
}

/** Seconds, of nested runs too: what they reuse is saved for whoever runs them. */
function toSaved(view: RunView, nested: RunLookup): number {
  let saved = view.saved;
  for (const { run } of Object.values(view.tasks)) {
    const child = run === undefined ? undefined : nested(run);
    if (child !== undefined) saved += toSaved(child, nested);
  }
  return Math.round(saved * 1e6) / 1e6;
}

function toSteps(view: RunView, nested: RunLookup, prefix: string): RunStepDocument[] {
  return view.steps.flatMap((step) => (step.tasks.length === 0 ? [toEmptyDocument(step, prefix)] : toTasks(view, step, nested, prefix)));
}

function toTasks(view: RunView, step: StepView, nested: RunLookup, prefix: string): RunStepDocument[] {
  return step.tasks.flatMap((id) => {
    const task = view.tasks[id];
    if (task === undefined) return [];
    const document = toStepDocument(step, task, prefix);
    const child = task.run === undefined ? undefined : nested(task.run);
    if (child === undefined) return [document];
    const inside = toSteps(child, nested, `${document.step}/`);
    return [{ ...document, decision: toNestedDecision(task, inside) }, ...inside];
  });
}

/** A fan-out over nothing: it has no tasks, and is done. */
function toEmptyDocument(step: StepView, prefix: string): RunStepDocument {
  return {
    step: `${prefix}${step.id}[*]`,
    ...toUse(step),
    elements: 0,
    state: 'succeeded',
    decision: null,
    reasons: [],
    seconds: 0,
    attempts: 0,
    cluster: '',
    worker: null,
    outputs: {},
    metrics: {},
    error: null,
  };
}

/** A nested workflow was reused when all of its steps were that had something to do. */
function toNestedDecision(task: TaskView, inside: readonly RunStepDocument[]): RunStepDocument['decision'] {
  const decided = inside.filter((step) => step.state !== 'skipped' && step.elements !== 0);
  const isReused = task.state === 'succeeded' && decided.length > 0 && decided.every((step) => step.decision === 'reused');
  return isReused ? 'reused' : task.decision;
}

function toParent({ origin }: RunView): { readonly parent?: string } {
  return origin?.kind === 'nested' ? { parent: origin.run } : {};
}

/** What a list says of where a run came from. */
export function toSummaryOrigin(origin: RunOrigin | undefined): Pick<RunSummary, 'parent' | 'origin'> {
  if (origin === undefined) return {};
  return origin.kind === 'nested' ? { parent: origin.run } : { origin };
}

/** One row of `cairn runs --json`. */
export function toRunSummary(view: RunView): RunSummary {
  return {
    run: view.run,
    workflow: view.workflow,
    state: view.state,
    started: view.submitted,
    seconds: view.seconds,
    by: view.by,
    ...toSummaryOrigin(view.origin),
  };
}

function toStepDocument(step: StepView, task: TaskView, prefix: string): RunStepDocument {
  return {
    step: `${prefix}${task.id}`,
    ...toUse(step),
    ...(task.run === undefined ? {} : { run: task.run }),
    state: task.state,
    decision: task.decision,
    reasons: [...task.reasons],
    ...toWait(task),
    seconds: task.seconds,
    attempts: task.attempts,
    cluster: task.cluster,
    worker: task.worker,
    outputs: Object.fromEntries(Object.entries(task.outputs).map(([port, output]) => [port, toOutputDocument(output)])),
    metrics: { ...task.metrics },
    error: task.error,
    ...(task.distrusted === undefined ? {} : { distrusted: task.distrusted }),
    ...(task.earlier === undefined ? {} : { earlier: [...task.earlier] }),
  };
}

function toWait({ waitsFor }: TaskView): Pick<RunStepDocument, 'waitsFor'> {
  if (waitsFor === undefined) return {};
  const { run, task } = waitsFor;
  return { waitsFor: { ...(run === undefined ? {} : { run }), ...(task === undefined ? {} : { step: task }) } };
}

function toUse({ kind, name }: StepView): Pick<RunStepDocument, 'module' | 'dataset' | 'workflow'> {
  if (kind === 'workflow') return { workflow: name };
  return kind === 'dataset' ? { dataset: name } : { module: name };
}

function toOutputDocument(output: OutputRecord): RunStepDocument['outputs'][string] {
  return { digest: output.digest, logical: output.logical, type: output.type, rows: output.rows ?? 0, bytes: output.bytes };
}
