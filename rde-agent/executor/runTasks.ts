import type { PinnedStep } from '../protocol/pinned.ts';
import type { RunView, StepView } from '../protocol/runView.ts';
import type { TaskView } from '../protocol/taskView.ts';

/** A task of a run or of one nested in it. */
export interface ListedTask {
  /** `check/score`, `train[ridge]` */
  readonly path: string;
  readonly task: TaskView;
  readonly step: StepView;
  /** the run that it is a task of */
  readonly run: string;
}

/** Every task in the order in which it is shown; those of a nested workflow follow their own. Fan-outs that never unfolded are left out. */
export function listTasks(view: RunView, viewOf: (run: string) => RunView | undefined, prefix = ''): readonly ListedTask[] {
  const steps = new Map(view.steps.map((step) => [step.id, step]));
  return view.order.flatMap((id) => {
    const task = view.tasks[id];
    const step = task && steps.get(task.step);
    if (task === undefined || step === undefined || id.endsWith('[*]')) return [];
    const path = `${prefix}${id}`;
    const inner = task.run === undefined ? undefined : viewOf(task.run);
    return [{ path, task, step, run: view.run }, ...(inner === undefined ? [] : listTasks(inner, viewOf, `${path}/`))];
  });
}

/** What documents say that a step uses. */
export function toUse({ kind, name }: Pick<PinnedStep, 'kind' | 'name'>): {
  readonly module?: string;
  readonly dataset?: string;
  readonly workflow?: string;
} {
  if (kind === 'workflow') return { workflow: name };
  return kind === 'dataset' ? { dataset: name } : { module: name };
}
