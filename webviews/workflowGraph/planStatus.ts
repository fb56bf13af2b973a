import type { PlanDocument } from '../../rde-agent/protocol/documents.ts';

/** What a run would do with the tasks of one step. */
export interface PlanStatus {
  readonly total: number;
  readonly hits: number;
  readonly misses: number;
  /** those that depend on what a step above gives */
  readonly conditional: number;
  readonly reasons: readonly string[];
}

/** `null` where the plan does not know the step. */
export function toPlanStatus(plan: PlanDocument, step: string): PlanStatus | null {
  const tasks = plan.steps.filter((task) => task.step === step || task.step.startsWith(`${step}[`));
  if (tasks.length === 0) return null;
  const count = (decision: string): number => tasks.filter((task) => task.decision === decision).length;
  return {
    total: tasks.length,
    hits: count('hit'),
    misses: count('miss'),
    conditional: count('conditional'),
    reasons: [...new Set(tasks.flatMap((task) => task.reasons.map((reason) => reason.message)))],
  };
}

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
