import type { WhyDocument } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { RunView } from '../protocol/runView.ts';

/** Why a task ran or was reused. Throws `unknown-step` (also for a fan-out named without its element) or `conflict` (not decided yet). */
export function explainTask(view: RunView, step: string): WhyDocument {
  const task = view.tasks[step];
  if (task === undefined) throw toUnknown(view, step);
  if (task.decision === null)
    throw new CairnError('conflict', `${step} has not been decided: it is ${task.state}`, {
      next: `See what it waits for with \`cairn show ${view.run}\`.`,
    });
  return {
    v: 1,
    run: view.run,
    step,
    decision: task.decision,
    ...(task.against === null ? {} : { against: task.against }),
    reasons: [...task.reasons],
  };
}

function toUnknown(view: RunView, step: string): CairnError {
  const elements = view.steps.find((each) => each.id === step)?.tasks ?? [];
  if (elements.length === 0) return new CairnError('unknown-step', `Run ${view.run} has no step ${step}`);
  return new CairnError('unknown-step', `${step} is a fan-out: name one of ${elements.slice(0, 10).join(', ')}`);
}
