import type { Disposable } from './roles.ts';
import type { TaskId } from './runEvents.ts';
import type { RunView } from './runView.ts';
import type { TaskView } from './taskView.ts';

/** Runs inside runs that are shown at most: deeper ones are reached by opening their own run. */
const MOST_DEPTH = 8;

/** A task of a run, or of a run inside it. */
export interface InnerTask {
  readonly run: RunView;
  readonly task: TaskView;
}

/** A run with the tasks of the runs inside it, each below the task that it belongs to and named after it: `check/score`. */
function toWholeRun(run: RunView, viewOf: (run: string) => RunView | undefined): RunView {
  const order: TaskId[] = [];
  const tasks: { [id: TaskId]: TaskView } = {};
  for (const { id, task } of walk(run, viewOf, '', 0)) {
    order.push(id);
    tasks[id] = id === task.id ? task : { ...task, id };
  }
  return order.length === run.order.length ? run : { ...run, order, tasks };
}

/** What an id of `toWholeRun` stands for. */
function findInnerTask(run: RunView, viewOf: (run: string) => RunView | undefined, id: string): InnerTask | undefined {
  for (const found of walk(run, viewOf, '', 0)) if (found.id === id) return found;
  return undefined;
}

function* walk(
  run: RunView,
  viewOf: (run: string) => RunView | undefined,
  prefix: string,
  depth: number,
): Generator<InnerTask & { readonly id: TaskId }> {
  for (const own of run.order) {
    const task = run.tasks[own];
    if (task === undefined) continue;
    const id: TaskId = `${prefix}${own}`;
    yield { id, run, task };
    const nested = task.run;
    const inner = nested === undefined || depth >= MOST_DEPTH ? undefined : viewOf(nested);
    if (inner !== undefined) yield* walk(inner, viewOf, `${id}/`, depth + 1);
  }
}

/** Calls the listener with a run's state now (if known) and at every change, until disposed. */
export interface RunFollower {
  followRun(run: string, listener: (view: RunView) => void): Disposable;
}

/** Follows a run and every run inside it as it appears. `listener` hears of each change with the run as a whole. */
export function followWholeRun(link: RunFollower, run: string, listener: (whole: RunView, own: RunView) => void): Followed {
  const views = new Map<string, RunView>();
  const followed = new Map<string, Disposable>();
  const viewOf = (id: string): RunView | undefined => views.get(id);
  const follow = (id: string): void => {
    if (followed.has(id)) return;
    followed.set(id, { dispose: () => undefined });
    const subscription = link.followRun(id, (view) => {
      views.set(id, view);
      for (const task of Object.values(view.tasks)) if (task.run !== undefined) follow(task.run);
      const own = views.get(run);
      if (own !== undefined) listener(toWholeRun(own, viewOf), own);
    });
    followed.set(id, subscription);
  };
  follow(run);
  return {
    find: (id) => {
      const own = views.get(run);
      return own === undefined ? undefined : findInnerTask(own, viewOf, id);
    },
    dispose: () => followed.forEach((one) => void one.dispose()),
  };
}

export interface Followed extends Disposable {
  /** The task behind an id of the whole run. */
  find(id: string): InnerTask | undefined;
}
