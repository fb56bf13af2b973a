import type { ReactNode } from 'react';
import { t } from '../protocol/words.ts';

/** Goes on from a task of a run with what is saved now. */
export function ForkButton({ task, onFork }: { readonly task: string; readonly onFork: () => void }): ReactNode {
  return (
    <button
      type="button"
      className="link"
      aria-label={t('Fork from {0}', task)}
      title={t('Run what is saved now on the results of this run, this step whatever')}
      onClick={onFork}
    >
      {t('Fork')}
    </button>
  );
}
