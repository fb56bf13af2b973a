import type { TaskId } from '../../rde-agent/protocol/runEvents.ts';
import type { RunView } from '../../rde-agent/protocol/runView.ts';
import type { TaskView } from '../../rde-agent/protocol/taskView.ts';

/** The first of some tasks that failed at a line of code, or the first inside them that did; `undefined` = none. */
export function findFailure({ tasks, order }: Pick<RunView, 'tasks' | 'order'>, ids: readonly TaskId[]): TaskId | undefined {
  const failed = ids.filter((id) => tasks[id]?.state === 'failed');
  const hasPlace = (id: TaskId): boolean => tasks[id]?.state === 'failed' && tasks[id].error?.file !== undefined;
  return failed.find(hasPlace) ?? order.find((id) => hasPlace(id) && failed.some((outer) => id.startsWith(`${outer}/`)));
}

/** The task with the error of one of its earlier attempts; `undefined` = as it is. */
export function atAttempt(task: TaskView, attempt: number | undefined): TaskView {
  if (attempt === undefined) return task;
  return { ...task, error: task.earlier?.find((past) => past.attempt === attempt)?.error ?? null };
}
