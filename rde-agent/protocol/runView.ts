import type { Json } from '../../language/model/json.ts';
import type { PinnedStep } from './pinned.ts';
import { toStepId, type Recorded, type RunEvent, type TaskId } from './runEvents.ts';
import { reduceTask, toQueuedTask, type TaskEvent, type TaskView } from './taskView.ts';

export type RunState = 'queued' | 'running' | 'succeeded' | 'failed' | 'cancelled';

/** One step as the graph shows it. */
export interface StepView {
  readonly id: string;
  readonly kind: 'module' | 'dataset';
  readonly name: string;
  /** ids of steps that this one refers to, in the order of its ports, each once */
  readonly needs: readonly string[];
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
      return withTask({ ...view, state: 'running', saved: round(view.saved + event.saved) }, event, at);
    case 'task.started':
      return withTask({ ...view, state: 'running' }, event, at);
    default:
      return 'task' in event ? withTask(view, event, at) : view;
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
    steps,
    tasks,
    order: event.tasks,
  };
}

function toStepView(step: PinnedStep, tasks: readonly TaskId[]): StepView {
  const needs = [...new Set(Object.values(step.inputs).map((reference) => reference.step))];
  return { id: step.id, kind: step.kind, name: step.name, needs, tasks };
}

function withTask(view: Draft, event: TaskEvent, at: string): Draft {
  const task = view.tasks[event.task];
  if (task !== undefined) view.tasks[event.task] = reduceTask(task, event, at);
  return view;
}

/** Never negative, though the wall clock may have been set back. */
function secondsBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
}

function round(seconds: number): number {
  return Math.round(seconds * 1e6) / 1e6;
}
