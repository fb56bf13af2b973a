import type { ReactNode } from 'react';
import type { RunState } from '../../rde-agent/protocol/runView.ts';
import type { TaskState } from '../../rde-agent/protocol/taskView.ts';
import { t } from '../protocol/words.ts';
import { toStateWord } from './stateWords.ts';

const ICONS: { readonly [state in TaskState | RunState]: string } = {
  queued: 'circle-large-outline',
  running: 'sync',
  succeeded: 'pass',
  failed: 'error',
  cancelled: 'circle-slash',
  skipped: 'debug-step-over',
};

/** State as icon and word together: never by colour alone. */
export function StateIcon({ state }: { readonly state: TaskState | RunState }): ReactNode {
  return (
    <span className={`state state-${state}`}>
      <span className={`codicon codicon-${ICONS[state]}`} aria-hidden="true" />
      <span className="state-text">{toStateWord(state)}</span>
    </span>
  );
}

/** Reused or executed, with the count where a step has several tasks. */
export function DecisionBadge({
  reused,
  executed,
  total,
}: {
  readonly reused: number;
  readonly executed: number;
  readonly total: number;
}): ReactNode {
  if (reused + executed === 0) return null;
  const word = executed === 0 ? t('reused') : reused === 0 ? t('executed') : t('{0} of {1} reused', reused, total);
  const kind = executed === 0 ? 'hit' : reused === 0 ? 'miss' : 'mixed';
  return (
    <span className={`badge badge-${kind}`}>
      <span
        className={`codicon codicon-${kind === 'hit' ? 'history' : kind === 'miss' ? 'play' : 'split-horizontal'}`}
        aria-hidden="true"
      />
      {word}
    </span>
  );
}
