import type { RunView } from '../../../rde-agent/protocol/runView.ts';
import type { TaskView } from '../../../rde-agent/protocol/taskView.ts';
import { toStepPath } from '../../protocol/stepPaths.ts';
import { toTasksStatus, type StepStatus } from '../../shared/stepStatus.ts';

interface Known {
  readonly tasks: readonly TaskView[];
  readonly isRunning: boolean;
  readonly status: StepStatus;
}

/**
 * What a run, with the runs inside it, has made of each step, by path: the tasks of all elements together. A step whose tasks are as before
 * keeps the status that was made of them.
 */
export class RunStates {
  #known = new Map<string, Known>();
  #order: RunView['order'] = [];
  #tasksOf: ReadonlyMap<string, RunView['order']> = new Map();

  update(run: RunView | null): ReadonlyMap<string, StepStatus> {
    if (run === null) return new Map();
    if (this.#order !== run.order) {
      this.#order = run.order;
      this.#tasksOf = Map.groupBy(run.order, toStepPath);
    }
    const isRunning = run.finished === null;
    const next = new Map<string, Known>();
    for (const [path, ids] of this.#tasksOf) {
      const tasks = ids.flatMap((id) => run.tasks[id] ?? []);
      const before = this.#known.get(path);
      const isSame = before?.isRunning === isRunning && isSameList(before.tasks, tasks);
      next.set(path, isSame ? before : { tasks, isRunning, status: toTasksStatus(tasks, isRunning) });
    }
    this.#known = next;
    return new Map([...next].map(([path, { status }]) => [path, status]));
  }
}

function isSameList(one: readonly TaskView[], other: readonly TaskView[]): boolean {
  return one.length === other.length && one.every((task, index) => task === other[index]);
}
