import { toConditionSteps } from '../../language/model/condition.ts';
import type { Json } from '../../language/model/json.ts';
import { toReferences, WORKFLOW_INPUTS } from '../../language/model/workflow.ts';
import type { PinnedStep } from './pinned.ts';
import { toSavedSeconds } from './savedSeconds.ts';
import { toStepId, type Recorded, type RunEvent, type RunOrigin, type TaskId } from './runEvents.ts';
import { isEnded, reduceTask, toQueuedTask, toRan, type TaskEvent, type TaskView } from './taskView.ts';

export type RunState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** One step as the graph shows it. */
export interface StepView {
  readonly id: string;
  readonly kind: 'module' | 'dataset' | 'workflow';
  readonly name: string;
  /** ids of steps that this one refers to, in the order of its ports, then for its fan-out and its condition; each once */
  readonly needs: readonly string[];
  /** While the elements of a fan-out are not known: `step[*]`. */
  readonly tasks: readonly TaskId[];
}

/** Everything about one run that a person or a script is shown. Built only by `reduceRun`, on both ends of the wire. */
export interface RunView {
  readonly run: string;
  readonly workflow: string;
  readonly workspace: string;
  readonly domain: string;
  readonly tree: string;
  readonly params: { readonly [name: string]: Json };
  readonly state: RunState;
  readonly by: string;
  readonly submitted: string;
  readonly finished: string | null;
  readonly seconds: number;
  readonly saved: number;
  readonly cancelRequested: boolean;
  /** absent = a person's submit of a working tree; a nested run's says whose step it is */
  readonly origin?: RunOrigin;
  /** RFC 3339; absent = none */
  readonly nominalTime?: string;
  readonly steps: readonly StepView[];
  readonly tasks: { readonly [id: TaskId]: TaskView };
  /** ids in the order in which they are listed */
  readonly order: readonly TaskId[];
}

/** The state before the first event of a run. */
export const NO_RUN: RunView = {
  run: '',
  workflow: '',
  workspace: '',
  domain: '',
  tree: '',
  params: {},
  state: 'queued',
  by: '',
  submitted: '',
  finished: null,
  seconds: 0,
  saved: 0,
  cancelRequested: false,
  steps: [],
  tasks: {},
  order: [],
};

/**
 * Applies one recorded event. Pure; the same function runs in the agent, the editor and the command line. An event of an
 * unknown type (from a newer agent) changes nothing.
 */
export function reduceRun(view: RunView, recorded: Recorded<RunEvent>): RunView {
  return reduceRunEvents(view, [recorded]);
}

/** Applies recorded events in order, as `reduceRun` does one after another, but copies the tasks only once. */
export function reduceRunEvents(view: RunView, recorded: readonly Recorded<RunEvent>[]): RunView {
  if (recorded.length === 0) return view;
  return recorded.reduce<Draft>(applyEvent, { ...view, tasks: { ...view.tasks } });
}

/** A view whose tasks belong to the reducer alone while it runs. */
type Draft = Omit<RunView, 'tasks'> & { readonly tasks: { [id: TaskId]: TaskView } };

function applyEvent(view: Draft, recorded: Recorded<RunEvent>): Draft {
  const { event, at } = recorded;
  switch (event.type) {
    case 'run.submitted':
      return toSubmitted(event, recorded);
    case 'run.cancelRequested':
      return { ...view, cancelRequested: true };
    case 'run.finished':
      return { ...view, state: event.state, finished: at, seconds: secondsBetween(view.submitted, at) };
    case 'task.reused':
      return withTaskEvent({ ...view, state: 'running', saved: round(view.saved + round(toSavedSeconds(event))) }, event, at);
    case 'task.started':
      return withTaskEvent({ ...view, state: 'running' }, event, at);
    case 'step.expanded':
      return expand(view, event);
    case 'tasks.ran':
      for (const ran of event.ran) withTask(view, ran.task, (task) => toRan(task, ran, event.worker, at));
      return { ...view, state: 'running' };
    default:
      return 'task' in event ? withTaskEvent(view, event, at) : view;
  }
}

function toSubmitted(event: Extract<RunEvent, { type: 'run.submitted' }>, recorded: Recorded<RunEvent>): Draft {
  const { definition } = event;
  const tasksOf = Map.groupBy(event.tasks, toStepId);
  const steps = definition.steps.map((step) => toStepView(step, tasksOf.get(step.id) ?? []));
  const clusters = new Map(definition.steps.map((step) => [step.id, step.cluster]));
  const tasks = Object.fromEntries(event.tasks.map((id) => [id, toQueuedTask(id, toStepId(id), clusters.get(toStepId(id)) ?? 'local')]));
  return {
    ...NO_RUN,
    run: event.run,
    workflow: definition.workflow,
    workspace: definition.workspace,
    domain: definition.domain,
    tree: definition.tree,
    params: definition.params,
    by: recorded.by,
    submitted: recorded.at,
    ...(event.origin === undefined ? {} : { origin: event.origin }),
    ...(event.nominalTime === undefined ? {} : { nominalTime: event.nominalTime }),
    steps,
    tasks,
    order: event.tasks,
  };
}

function toStepView(step: PinnedStep, tasks: readonly TaskId[]): StepView {
  const references = [...Object.values(step.inputs).flatMap(toReferences), ...Object.values(step.foreach?.from ?? {})];
  const inputs = references.map((reference) => reference.step).filter((id) => id !== WORKFLOW_INPUTS);
  const needs = [...new Set([...inputs, ...(step.when === undefined ? [] : toConditionSteps(step.when))])];
  return { id: step.id, kind: step.kind, name: step.name, needs, tasks };
}

/** The tasks of a fan-out take the place of the one that stood for them; it is shown no more. */
function expand(view: Draft, { step, count }: Extract<RunEvent, { type: 'step.expanded' }>): Draft {
  const placeholder = `${step}[*]`;
  const stands = view.tasks[placeholder];
  if (stands === undefined || isEnded(stands)) return view;
  const tasks = Array.from({ length: count }, (_, index) => `${step}[${String(index)}]`);
  delete view.tasks[placeholder];
  for (const id of tasks) view.tasks[id] = toQueuedTask(id, step, stands.cluster);
  return {
    ...view,
    order: view.order.flatMap((id) => (id === placeholder ? tasks : [id])),
    steps: view.steps.map((each) => (each.id === step ? { ...each, tasks } : each)),
  };
}

function withTaskEvent(view: Draft, event: TaskEvent, at: string): Draft {
  return withTask(view, event.task, (task) => reduceTask(task, event, at));
}

function withTask(view: Draft, id: TaskId, change: (task: TaskView) => TaskView): Draft {
  const task = view.tasks[id];
  if (task !== undefined) view.tasks[id] = change(task);
  return view;
}

/** Never negative, though the wall clock may have been set back. */
function secondsBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
}

function round(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
