import type { ReactNode } from 'react';
import type { PastAttempt, TaskView } from '../../../rde-agent/protocol/taskView.ts';
import { t } from '../../protocol/words.ts';
import { formatSeconds } from '../../shared/formatValues.ts';

interface AttemptsProps {
  readonly task: TaskView;
  /** to the line that an attempt failed at */
  readonly onOpen: (attempt: number) => void;
}

/** Why the attempts before the newest are over, and how long each next one was waited for. */
export function Attempts({ task, onOpen }: AttemptsProps): ReactNode {
  const { earlier = [] } = task;
  if (earlier.length === 0) return null;
  return (
    <section>
      <h3>{t('Earlier attempts')}</h3>
      <ol className="attempts">
        {earlier.map((past, index) => (
          <li key={past.attempt} value={past.attempt}>
            <PastAttemptText past={past} onOpen={() => onOpen(past.attempt)} />
            <span className="quiet"> {toNextText(past, toNextStart(task, index))}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function PastAttemptText({ past, onOpen }: { readonly past: PastAttempt; readonly onOpen: () => void }): ReactNode {
  const { error } = past;
  const time = formatSeconds(toSeconds(past.started, past.finished));
  if (error === null) {
    return (
      <>
        <span className="codicon codicon-debug-disconnect" aria-hidden="true" /> {t('lost with the agent after {0}', time)}
      </>
    );
  }
  return (
    <>
      <span className="codicon codicon-error" aria-hidden="true" /> {t('failed after {0}', time)}: <b>{error.code}</b> {error.message}
      {error.file !== undefined && (
        <>
          {' '}
          <button type="button" className="link place" onClick={onOpen}>
            {error.file.replace(/^.*[/\\]/, '')}
            {error.line === undefined ? '' : `:${error.line}`}
          </button>
        </>
      )}
    </>
  );
}

/** `null` = it is waited for, or was never made. */
function toNextStart({ earlier = [], attempts, started }: TaskView, index: number): string | null {
  const next = earlier[index + 1];
  if (next !== undefined) return next.started;
  return earlier.at(-1)?.attempt === attempts ? null : started;
}

function toNextText({ finished }: PastAttempt, next: string | null): string {
  return next === null ? '' : t('· tried again after {0}', formatSeconds(toSeconds(finished, next)));
}

function toSeconds(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
}
