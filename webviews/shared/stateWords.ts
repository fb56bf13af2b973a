import type { RunState } from '../../rde-agent/protocol/runView.ts';
import type { TaskState } from '../../rde-agent/protocol/taskView.ts';
import { t } from '../protocol/words.ts';

/** A state as people read it. */
export function toStateWord(state: TaskState | RunState): string {
  switch (state) {
    case 'queued':
      return t('queued');
    case 'running':
      return t('running');
    case 'succeeded':
      return t('succeeded');
    case 'failed':
      return t('failed');
    case 'cancelled':
      return t('cancelled');
    case 'skipped':
      return t('skipped');
  }
}

/** A decision as people read it. */
export function toDecisionWord(decision: string): string {
  switch (decision) {
    case 'reused':
      return t('reused');
    case 'executed':
      return t('executed');
    default:
      return decision;
  }
}
