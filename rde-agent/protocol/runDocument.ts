import type { RunDocument, RunStepDocument, RunSummary } from './documents.ts';
import type { OutputRecord } from './runEvents.ts';
import type { RunView, StepView } from './runView.ts';
import type { TaskView } from './taskView.ts';

/** The document of `cairn show --json` and the last line of `cairn run --json`, from the state that everyone sees. */
export function toRunDocument(view: RunView): RunDocument {
  const steps = new Map(view.steps.map((step) => [step.id, step]));
  return {
    v: 1,
    run: view.run,
    workflow: view.workflow,
    state: view.state,
    seconds: view.seconds,
    saved: view.saved,
    started: view.submitted,
    by: view.by,
    steps: view.order.flatMap((id) => {
      const task = view.tasks[id];
      const step = task && steps.get(task.step);
      return task && step ? [toStepDocument(step, task)] : [];
    }),
  };
}

/** One row of `cairn runs --json`. */
export function toRunSummary(view: RunView): RunSummary {
  return { run: view.run, workflow: view.workflow, state: view.state, started: view.submitted, seconds: view.seconds, by: view.by };
}

function toStepDocument(step: StepView, task: TaskView): RunStepDocument {
  return {
    step: task.id,
    ...(step.kind === 'dataset' ? { dataset: step.name } : { module: step.name }),
    state: task.state,
    decision: task.decision,
    reasons: [...task.reasons],
    seconds: task.seconds,
    attempts: task.attempts,
    cluster: task.cluster,
    worker: task.worker,
    outputs: Object.fromEntries(Object.entries(task.outputs).map(([port, output]) => [port, toOutputDocument(output)])),
    metrics: { ...task.metrics },
    error: task.error,
  };
}

function toOutputDocument(output: OutputRecord): RunStepDocument['outputs'][string] {
  return { digest: output.digest, logical: output.logical, type: output.type, rows: output.rows ?? 0, bytes: output.bytes };
}
