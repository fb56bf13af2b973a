import type { ReactNode } from 'react';
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
  return (
    <ConfirmDialog title={`Fork ${plan.workflow} from ${from}`} action="Fork" isDangerous={false} work={begin} onClose={onClose}>
      <p>
        What is saved in {root} runs on the results of this run: {running.length} {running.length === 1 ? 'task runs' : 'tasks run'}, about{' '}
        {formatSeconds(plan.predictedSeconds)}; {reused} reused.
      </p>
      <ul className="names">
        {running.slice(0, NAMED).map((step) => (
          <li key={step.step}>{step.step}</li>
        ))}
        {rest > 0 && <li className="quiet">and {rest} more</li>}
      </ul>
    </ConfirmDialog>
  );
}
