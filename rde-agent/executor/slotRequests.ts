import type { TaskNode } from '../engine/taskNode.ts';
import type { RunDesk } from './activeRunOptions.ts';
import type { SlotRequest } from './slots.ts';

/** The place that a task of a run asks for. */
export function toSlotRequest({ run, options }: RunDesk, { step, id }: TaskNode, start: () => void): SlotRequest {
  const { definition } = options.submitted;
  return {
    cluster: step.cluster,
    run,
    task: id,
    share: options.share,
    priority: step.priority ?? definition.priority ?? 0,
    limit: definition.concurrency?.tasks,
    start,
  };
}
