import { useId, useState, type ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
import type { RunView } from '../../protocol/runView.ts';
import { ConfirmDialog } from './ConfirmDialog.tsx';

export interface RerunOptions {
  readonly from?: string;
  readonly force?: boolean;
}

export interface RerunDialogProps {
  readonly run: RunView;
  readonly begin: (options: RerunOptions) => Promise<void>;
  readonly onClose: () => void;
}

/** Asks from where: all of it, with what is still right reused; from a step on; or everything anew. */
export function RerunDialog({ run, begin, onClose }: RerunDialogProps): ReactNode {
  const id = useId();
  const [from, setFrom] = useState('');
  const [force, setForce] = useState(false);
  const work = (): Promise<void> => begin({ ...(from === '' ? {} : { from }), ...(force ? { force } : {}) });
  return (
    <ConfirmDialog title={t('Rerun {0}', run.workflow)} action={t('Rerun')} isDangerous={false} work={work} onClose={onClose}>
      <p className="quiet">{t('The same code, environments and parameters.')}</p>
      <div className="form-field">
        <label htmlFor={id}>{t('From step')}</label>
        <select id={id} value={from} onChange={(event) => setFrom(event.currentTarget.value)}>
          <option value="">{t('the beginning')}</option>
          {run.steps.map((step) => (
            <option key={step.id} value={step.id}>
              {step.id}
            </option>
          ))}
        </select>
      </div>
      <label className="choice">
        <input type="checkbox" checked={force} onChange={(event) => setForce(event.currentTarget.checked)} />
        {t('Execute everything, reuse nothing')}
      </label>
    </ConfirmDialog>
  );
}
