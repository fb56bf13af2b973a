import type { ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
import { formatSeconds } from '../../../webviews/shared/formatValues.ts';
import type { PlanDocument } from '../../protocol/documents.ts';
import { ConfirmDialog } from './ConfirmDialog.tsx';

/** steps that are named before the rest is counted */
const NAMED = 12;

export interface ForkDialogProps {
  readonly plan: PlanDocument;
  readonly from: string;
  readonly root: string;
  readonly begin: () => Promise<void>;
  readonly onClose: () => void;
}

/** Says what a fork would run, before it begins. */
export function ForkDialog({ plan, from, root, begin, onClose }: ForkDialogProps): ReactNode {
  const running = plan.steps.filter((step) => step.decision !== 'hit');
  const reused = plan.steps.length - running.length;
  const rest = running.length - NAMED;
  const facts = [root, running.length, formatSeconds(plan.predictedSeconds), reused];
  return (
    <ConfirmDialog
      title={t('Fork {0} from {1}', plan.workflow, from)}
      action={t('Fork')}
      isDangerous={false}
      work={begin}
      onClose={onClose}
    >
      <p>
        {running.length === 1
          ? t('What is saved in {0} runs on the results of this run: {1} task runs, about {2}; {3} reused.', ...facts)
          : t('What is saved in {0} runs on the results of this run: {1} tasks run, about {2}; {3} reused.', ...facts)}
      </p>
      <ul className="names">
        {running.slice(0, NAMED).map((step) => (
          <li key={step.step}>{step.step}</li>
        ))}
        {rest > 0 && <li className="quiet">{t('and {0} more', rest)}</li>}
      </ul>
    </ConfirmDialog>
  );
}
