import type { RunView, StepView } from '../../rde-agent/protocol/runView.ts';
import type { TaskState, TaskView } from '../../rde-agent/protocol/taskView.ts';
import { t } from '../protocol/words.ts';

/** What a step as a whole is doing: one line of words for its tasks together. */
export interface StepStatus {
  readonly state: TaskState;
  readonly done: number;
  readonly total: number;
  readonly reused: number;
  readonly executed: number;
  /** summed over tasks */
  readonly seconds: number;
  readonly tasks: readonly TaskView[];
}

const LOUDEST_FIRST: readonly TaskState[] = ['failed', 'running', 'cancelled', 'skipped', 'queued', 'succeeded'];

/** The state that a person looks at first. */
export function toLoudest(states: Iterable<TaskState>): TaskState {
  const known = new Set(states);
  return LOUDEST_FIRST.find((state) => known.has(state)) ?? 'queued';
}

export function toStepStatus(step: StepView, run: RunView): StepStatus {
  return toTasksStatus(
    step.tasks.flatMap((id) => run.tasks[id] ?? []),
    run.finished === null,
  );
}

/** Of some tasks together; `isRunning` = the run that they are of has not ended. */
export function toTasksStatus(tasks: readonly TaskView[], isRunning: boolean): StepStatus {
  const states = new Set(tasks.map((task) => task.state));
  const isUnderWay = states.has('queued') && states.has('succeeded') && isRunning;
  return {
    state: isUnderWay && !states.has('failed') ? 'running' : toLoudest(states),
    done: tasks.filter((task) => task.finished !== null).length,
    total: tasks.length,
    reused: tasks.filter((task) => task.decision === 'reused').length,
    executed: tasks.filter((task) => task.decision === 'executed').length,
    seconds: tasks.reduce((sum, task) => sum + task.seconds, 0),
    tasks,
  };
}

export interface RunTotals {
  readonly total: number;
  readonly reused: number;
  readonly executed: number;
  readonly failed: number;
  readonly done: number;
}

function toRunTotals(run: RunView): RunTotals {
  const tasks = Object.values(run.tasks);
  const count = (is: (task: TaskView) => boolean): number => tasks.filter(is).length;
  return {
    total: tasks.length,
    reused: count((task) => task.decision === 'reused'),
    executed: count((task) => task.decision === 'executed'),
    failed: count((task) => task.state === 'failed'),
    done: count((task) => task.finished !== null && task.state !== 'queued'),
  };
}

/** The line of economics: what was reused and what that saved. */
export function toEconomics(run: RunView, formatSeconds: (seconds: number) => string): string {
  const { total, reused } = toRunTotals(run);
  return toReuseText(reused, total, run.saved > 0 ? formatSeconds(run.saved) : '');
}

/** `3 of 5 tasks reused, 1.2 s saved`; `saved` is a time as text, `''` = none. */
export function toReuseText(reused: number, total: number, saved: string): string {
  const text = total === 1 ? t('{0} of {1} task reused', reused, total) : t('{0} of {1} tasks reused', reused, total);
  return saved === '' ? text : t('{0}, {1} saved', text, saved);
}
