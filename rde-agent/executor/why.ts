import type { WhyDocument } from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { Reason } from '../protocol/reason.ts';
import type { RunView } from '../protocol/runView.ts';
import type { TaskView } from '../protocol/taskView.ts';

/** steps that a message names */
const NAMED = 10;

/** Why a task ran, was reused or never ran. Throws `unknown-step` (also for a fan-out named without its element) or `conflict` (not decided yet). */
export function explainTask(view: RunView, step: string): WhyDocument {
  const task = view.tasks[step];
  if (task === undefined) throw toUnknown(view, step);
  const kept = toKept(task);
  if (kept !== undefined) return { v: 1, run: view.run, step, decision: kept.decision, reasons: [kept.reason] };
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
    ...(task.distrusted === undefined ? {} : { distrusted: task.distrusted }),
  };
}

/** What kept a task from running; `undefined` = nothing did. */
function toKept(
  task: TaskView,
): { readonly decision: Exclude<WhyDocument['decision'], 'executed' | 'reused'>; readonly reason: Reason } | undefined {
  const { state, decision, skipped, notNeeded, waitsFor, reasons } = task;
  if (decision !== null) return undefined;
  const [first] = reasons;
  if (state === 'failed' && first !== undefined) return { decision: 'failed', reason: first };
  if (waitsFor !== undefined) {
    const whom = waitsFor.run === undefined ? 'somebody' : `run ${waitsFor.run}`;
    return { decision: 'waiting', reason: { kind: 'hit-after-wait', message: `waits for ${whom}, which computes the same` } };
  }
  if (state === 'cancelled') {
    const message = notNeeded === true ? 'the join that it was for had enough' : 'the run was cancelled before it began';
    return { decision: 'cancelled', reason: { kind: 'condition', message } };
  }
  return state === 'skipped' ? { decision: 'skipped', reason: toSkipReason(skipped) } : undefined;
}

function toSkipReason(skipped: TaskView['skipped']): Reason {
  if (skipped === undefined) return { kind: 'condition', message: 'something above it failed or was skipped' };
  const { because, reason } = skipped;
  switch (reason) {
    case 'condition':
      return { kind: 'condition', message: 'its condition was false' };
    case 'join':
      return { kind: 'condition', upstream: because, message: `too few of the elements that it joins succeeded: ${because} did not` };
    case 'upstream':
      return { kind: 'condition', upstream: because, message: `${because}, which it needs, failed, was cancelled or was skipped` };
  }
}

/** Throws `unknown-step` when a run has neither the step nor the element of it; elements that are not known yet may come. */
export function assertStep(view: RunView, step: string): void {
  if (view.tasks[step] !== undefined) return;
  const base = step.replace(/\[.*$/s, '');
  const found = view.steps.find((each) => each.id === base);
  if (found === undefined || (base !== step && found.tasks.length > 0)) throw toUnknown(view, step);
}

/** What to say of a step that a run does not have, or a fan-out named without its element. */
export function toUnknown(view: RunView, step: string): CairnError {
  const elements = view.steps.find((each) => each.id === step)?.tasks ?? [];
  if (elements.length === 0) return new CairnError('unknown-step', `Run ${view.run} has no step ${step}; it has ${listSteps(view)}.`);
  return new CairnError('unknown-step', `${step} is a fan-out: name one of ${elements.slice(0, NAMED).join(', ')}`);
}

function listSteps(view: RunView): string {
  const names = view.steps.flatMap(({ id, tasks }) => (tasks.length === 0 ? [id] : tasks));
  return names.length > NAMED ? `${names.slice(0, NAMED).join(', ')} and ${names.length - NAMED} more` : names.join(', ');
}
