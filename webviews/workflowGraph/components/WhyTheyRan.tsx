import { useEffect, useRef, type ReactNode } from 'react';
import type { TaskView } from '../../../rde-agent/protocol/taskView.ts';
import { t } from '../../protocol/words.ts';
import { ReasonText } from '../../shared/ReasonText.tsx';

/** tasks that are listed; the graph shows all */
const MOST = 200;

/** The tasks that ran, each with its first reason. */
export function WhyTheyRan({
  tasks,
  onSelect,
  onReason,
  onClose,
}: {
  readonly tasks: readonly TaskView[];
  readonly onSelect: (task: TaskView) => void;
  readonly onReason: (task: string, index: number) => void;
  readonly onClose: () => void;
}): ReactNode {
  const pane = useRef<HTMLDivElement>(null);
  useEffect(() => pane.current?.focus(), []);
  return (
    <div
      ref={pane}
      className="why-list"
      role="dialog"
      aria-label={t('Why these ran')}
      tabIndex={-1}
      onKeyDown={(event) => event.key === 'Escape' && onClose()}
    >
      <ul>
        {tasks.slice(0, MOST).map((task) => (
          <li key={task.id}>
            <button type="button" className="link" onClick={() => onSelect(task)}>
              {task.id}
            </button>{' '}
            {task.reasons[0] === undefined ? (
              <span className="quiet">{t('no reason was recorded')}</span>
            ) : (
              <ReasonText reason={task.reasons[0]} onOpen={() => onReason(task.id, 0)} />
            )}
          </li>
        ))}
      </ul>
      {tasks.length > MOST && <p className="quiet">{t('and {0} more', tasks.length - MOST)}</p>}
    </div>
  );
}
