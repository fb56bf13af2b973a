import type { PlanStatus } from '../../protocol/planStatus.ts';
import type { StepStatus } from '../../shared/stepStatus.ts';
import { isSameLook, type GraphModel, type NodeLook } from '../graphModel.ts';
import { toCacheLook, toPlanLook, toRunLook } from './nodeLooks.ts';

/** What is written on the boxes. */
export type Overlay = 'run' | 'plan' | 'cache';

export interface OverlaySources {
  readonly run: ReadonlyMap<string, StepStatus>;
  readonly plan: ReadonlyMap<string, PlanStatus>;
}

/** The look of every step. A look that is as before is the same object, so that what is equal is not drawn again. */
export function toLooks(
  { nodes }: GraphModel,
  overlay: Overlay,
  { run, plan }: OverlaySources,
  before: ReadonlyMap<string, NodeLook>,
): ReadonlyMap<string, NodeLook> {
  const toLook = (id: string): NodeLook => {
    if (overlay === 'plan') return toPlanLook(plan.get(id));
    return overlay === 'run' ? toRunLook(run.get(id)) : toCacheLook(run.get(id), plan.get(id));
  };
  return new Map(
    nodes.map(({ id }) => {
      const look = toLook(id);
      const old = before.get(id);
      return [id, old !== undefined && isSameLook(old, look) ? old : look];
    }),
  );
}
