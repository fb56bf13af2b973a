import { NO_RUN, type RunView, type StepView } from '../../rde-agent/protocol/runView.ts';
import type { TaskView } from '../../rde-agent/protocol/taskView.ts';

/** A task as `reduceRun` would leave it, with what the test is about. */
export function makeTask(id: string, more: Partial<TaskView> = {}): TaskView {
  return {
    id,
    step: id.split('[', 1)[0] ?? id,
    state: 'queued',
    decision: null,
    reasons: [],
    against: null,
    key: null,
    attempts: 1,
    cluster: 'local',
    worker: null,
    started: null,
    finished: null,
    seconds: 0,
    timing: null,
    saved: 0,
    outputs: {},
    metrics: {},
    progress: null,
    error: null,
    ...more,
  };
}

/** A run of these tasks; steps come from their ids. */
export function makeRun(tasks: readonly TaskView[], more: Partial<RunView> = {}): RunView {
  const ids = [...new Set(tasks.map((task) => task.step))];
  const steps = ids.map((id): StepView => ({
    id,
    kind: 'module',
    name: `demo/${id}`,
    needs: [],
    tasks: tasks.filter((task) => task.step === id).map((task) => task.id),
  }));
  return {
    ...NO_RUN,
    run: 'r1',
    workflow: 'demo/flow',
    steps,
    tasks: Object.fromEntries(tasks.map((task) => [task.id, task])),
    order: tasks.map((task) => task.id),
    ...more,
  };
}
