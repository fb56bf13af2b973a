import type { ReactNode } from 'react';
import type { Problem } from '../protocol/dataPanel.ts';
import { t } from '../protocol/words.ts';
import { Button } from './ui/Button.tsx';

/** What stands where nothing could be shown: what is wrong, what to do, and one way to try again. */
export function ProblemText({ problem, onAgain }: { readonly problem: Problem; readonly onAgain: () => void }): ReactNode {
  return (
    <div className="problem" role="alert">
      <p>
        <span className="codicon codicon-error" aria-hidden="true" /> {problem.message}
      </p>
      <p className="quiet">
        {problem.next} ({problem.code})
      </p>
      <Button kind="primary" icon="refresh" onPress={onAgain}>
        {t('Try again')}
      </Button>
    </div>
  );
}
