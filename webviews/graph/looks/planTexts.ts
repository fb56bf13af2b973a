import type { PlanDocument } from '../../../rde-agent/protocol/documents.ts';
import type { PlanStatus } from '../../protocol/planStatus.ts';
import { t } from '../../protocol/words.ts';

/** `would be reused`, `would run`, `2 of 3 would be reused`, `depends on what comes before`. */
export function toPlanText({ total, hits, conditional }: PlanStatus): string {
  if (hits === total) return t('would be reused');
  if (hits > 0) return t('{0} of {1} would be reused', hits, total);
  return conditional === total ? t('if its inputs change') : t('would run');
}

/** One line about the whole plan. */
export function toPlanLine(plan: PlanDocument, formatSeconds: (seconds: number) => string): string {
  const hits = plan.steps.filter((step) => step.decision === 'hit').length;
  const total = plan.steps.length;
  const reused =
    total === 1 ? t('Plan: {0} of {1} task would be reused', hits, total) : t('Plan: {0} of {1} tasks would be reused', hits, total);
  const text = plan.saved > 0 ? t('{0}, {1} saved', reused, formatSeconds(plan.saved)) : reused;
  return plan.predictedSeconds > 0 ? t('{0}; the rest takes about {1}', text, formatSeconds(plan.predictedSeconds)) : text;
}
