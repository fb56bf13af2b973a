import type { PlanDocument } from '../../../rde-agent/protocol/documents.ts';
import type { PlanStatus } from '../../protocol/planStatus.ts';

/** `would be reused`, `would run`, `2 of 3 would be reused`, `depends on what comes before`. */
export function toPlanText({ total, hits, conditional }: PlanStatus): string {
  if (hits === total) return 'would be reused';
  if (hits > 0) return `${hits} of ${total} would be reused`;
  return conditional === total ? 'if its inputs change' : 'would run';
}

/** One line about the whole plan. */
export function toPlanLine(plan: PlanDocument, formatSeconds: (seconds: number) => string): string {
  const hits = plan.steps.filter((step) => step.decision === 'hit').length;
  const saved = plan.saved > 0 ? `, ${formatSeconds(plan.saved)} saved` : '';
  const rest = plan.predictedSeconds > 0 ? `; the rest takes about ${formatSeconds(plan.predictedSeconds)}` : '';
  return `Plan: ${hits} of ${plan.steps.length} ${plan.steps.length === 1 ? 'task' : 'tasks'} would be reused${saved}${rest}`;
}
