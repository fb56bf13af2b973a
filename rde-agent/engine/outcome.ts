import type { FinishState } from './runCommand.ts';
import { toSlots, type Edge, type StepState, type TaskSlot } from './runState.ts';

/**
 * How a run ends whose tasks have all ended. A failed task fails it unless joins made up for the failure: everything that needs the task
 * ended well, or was skipped and is itself needed only by what ended well (to any depth). What is a result of the run, or needed by
 * nobody, is never made up for. Skips by a condition and ends of what was not needed are no failures.
 */
export function toOutcome(steps: readonly StepState[], isCancelled: boolean): FinishState {
  if (isCancelled) return 'cancelled';
  /** steps of which a skipped task was wanted */
  const harmed = new Set<StepState>();
  for (const step of steps.toReversed()) {
    const isWanted = createWanted(step, harmed);
    for (const slot of toSlots(step)) {
      const isSkipped = slot.state === 'skipped' && slot.skipReason !== 'condition';
      if ((slot.state !== 'failed' && !isSkipped) || !isWanted(slot)) continue;
      if (slot.state === 'failed') return 'failed';
      harmed.add(step);
    }
  }
  return 'succeeded';
}

/** Whether anybody missed the result of a task of the step. */
function createWanted(step: StepState, harmed: ReadonlySet<StepState>): (slot: TaskSlot) => boolean {
  const isHarmed = ({ consumer }: Edge): boolean => harmed.has(consumer);
  const isEmpty = ({ consumer }: Edge): boolean => toSlots(consumer).length === 0;
  const isLast = step.consumers.every(isEmpty);
  const byAll = step.feedsOutput || step.consumers.some(isHarmed);
  return (slot) => {
    if (byAll || slot.feedsOutput) return true;
    const own = slot.consumers ?? [];
    return own.some(isHarmed) || (isLast && own.every(isEmpty));
  };
}
