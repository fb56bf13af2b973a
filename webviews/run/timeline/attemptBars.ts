import type { RunView, StepView } from '../../../rde-agent/protocol/runView.ts';
import type { PastAttempt, TaskState, TaskView } from '../../../rde-agent/protocol/taskView.ts';

/** One attempt of a task. Seconds since the submit of the run. */
export interface Bar {
  readonly task: string;
  /** from 1 */
  readonly attempt: number;
  /** it had all it needs, or the attempt before it was over; before `from` it waited */
  readonly ready: number;
  readonly from: number;
  /** `null` = it runs still */
  readonly to: number | null;
  /** `queued` = it waits still, after an attempt that failed */
  readonly state: TaskState;
  readonly reused: boolean;
  /** attempts of the task so far */
  readonly attempts: number;
  /** of an attempt that another followed or will follow: how it ended */
  readonly past?: PastAttempt;
}

/** Attempts of one task are one. */
export function countTasks(bars: readonly Bar[]): number {
  return new Set(bars.map((bar) => bar.task)).size;
}

/** The attempts of a task, first to last; none of one that has not begun. */
export function createBars(run: RunView): (task: TaskView) => readonly Bar[] {
  const submitted = Date.parse(run.submitted);
  const steps = new Map(run.steps.map((step) => [step.id, step]));
  const ends = new Map<string, number>();
  const since = (time: string): number => Math.max(0, (Date.parse(time) - submitted) / 1000);
  const endOf = (step: string): number => {
    const known = ends.get(step) ?? toEnd(steps.get(step), run, since);
    ends.set(step, known);
    return known;
  };
  const readyOf = (task: TaskView, from: number): number => {
    const needs = task.id.includes('/') ? [] : (steps.get(task.step)?.needs ?? []);
    return Math.min(from, needs.length === 0 ? (task.id.includes('/') ? from : 0) : Math.max(...needs.map(endOf)));
  };
  return (task) => {
    const bars: Bar[] = [];
    for (const past of task.earlier ?? []) bars.push(toPastBar(task, past, bars.at(-1), since));
    const newest = toNewestBar(task, bars.at(-1), since);
    if (newest !== null) bars.push(newest);
    const [first, ...others] = bars;
    return first === undefined || first.reused ? bars : [{ ...first, ready: readyOf(task, first.from) }, ...others];
  };
}

type Since = (time: string) => number;

function toPastBar({ id, attempts }: TaskView, past: PastAttempt, before: Bar | undefined, since: Since): Bar {
  const from = since(past.started);
  const ready = before?.to ?? from;
  return { task: id, attempt: past.attempt, ready, from, to: since(past.finished), state: 'failed', reused: false, attempts, past };
}

/** `null` = it has not begun, and nothing of it can be drawn. */
function toNewestBar(task: TaskView, before: Bar | undefined, since: Since): Bar | null {
  const { id, started, finished, state, seconds, attempts } = task;
  if (started === null) return null;
  const common = { task: id, state, reused: task.decision === 'reused', attempts };
  const to = finished === null ? null : since(finished);
  if (before !== undefined && before.attempt === attempts && !common.reused) {
    const from = before.to ?? before.from;
    return { ...common, attempt: attempts + 1, ready: from, from, to: state === 'queued' ? null : to };
  }
  // Of one of a batch only its end was told: start and end are the same then.
  const from = to === null ? since(started) : Math.max(0, Math.min(since(started), to - seconds));
  return { ...common, attempt: attempts, ready: before?.to ?? from, from, to };
}

function toEnd(step: StepView | undefined, run: RunView, since: (time: string) => number): number {
  const ends = step?.tasks.map((id) => run.tasks[id]?.finished ?? null) ?? [];
  return ends.reduce((latest, end) => (end === null ? latest : Math.max(latest, since(end))), 0);
}
