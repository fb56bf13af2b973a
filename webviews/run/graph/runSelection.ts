import type { RunView } from '../../../rde-agent/protocol/runView.ts';
import type { TaskState } from '../../../rde-agent/protocol/taskView.ts';
import { toStepPath } from '../../protocol/stepPaths.ts';

/** What a person looks for in a step of many tasks, first to last. */
const LOUDEST_FIRST: readonly TaskState[] = ['failed', 'running', 'queued', 'cancelled', 'succeeded', 'skipped'];

/** The task that a step of the graph stands for; `undefined` = it has none yet. */
export function findTaskOf(run: RunView, step: string): string | undefined {
  const tasks = run.order.flatMap((id) => (toStepPath(id) === step ? (run.tasks[id] ?? []) : []));
  const state = LOUDEST_FIRST.find((one) => tasks.some((task) => task.state === one));
  return tasks.find((task) => task.state === state)?.id;
}
