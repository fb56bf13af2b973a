import type { WhyDocument } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { RunView } from '../protocol/runView.ts';

/** steps that a message names */
const NAMED = 10;

/** Why a task ran or was reused. Throws `unknown-step` (also for a fan-out named without its element) or `conflict` (not decided yet). */
export function explainTask(view: RunView, step: string): WhyDocument {
  const task = view.tasks[step];
  if (task === undefined) throw toUnknown(view, step);
  if (task.decision === null)
    throw new CairnError('invalid-request', `${step} has not been decided: it is ${task.state}`, {
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

/** Throws `unknown-step` when a run has neither the step nor the element of it; elements that are not known yet may come. */
export function assertStep(view: RunView, step: string): void {
  if (view.tasks[step] !== undefined) return;
  const base = step.replace(/\[.*$/s, '');
  const found = view.steps.find((each) => each.id === base);
  if (found === undefined || (base !== step && found.tasks.length > 0)) throw toUnknown(view, step);
}

function toUnknown(view: RunView, step: string): CairnError {
  const elements = view.steps.find((each) => each.id === step)?.tasks ?? [];
  if (elements.length === 0) return new CairnError('unknown-step', `Run ${view.run} has no step ${step}; it has ${listSteps(view)}.`);
  return new CairnError('unknown-step', `${step} is a fan-out: name one of ${elements.slice(0, NAMED).join(', ')}`);
}

function listSteps(view: RunView): string {
  const names = view.steps.flatMap(({ id, tasks }) => (tasks.length === 0 ? [id] : tasks));
  return names.length > NAMED ? `${names.slice(0, NAMED).join(', ')} and ${names.length - NAMED} more` : names.join(', ');
}
