import type { ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
import type { ScheduleSummary } from '../../protocol/documents.ts';

const ICONS: { readonly [state in ScheduleSummary['state']]: string } = {
  declared: 'circle-large-outline',
  active: 'pass',
  paused: 'debug-pause',
};

/** State as icon and word together. */
export function ScheduleState({ state }: { readonly state: ScheduleSummary['state'] }): ReactNode {
  return (
    <span className="state">
      <span className={`codicon codicon-${ICONS[state]}`} aria-hidden="true" /> {toWord(state)}
    </span>
  );
}

function toWord(state: ScheduleSummary['state']): string {
  switch (state) {
    case 'declared':
      return t('declared');
    case 'active':
      return t('active');
    case 'paused':
      return t('paused');
  }
}
