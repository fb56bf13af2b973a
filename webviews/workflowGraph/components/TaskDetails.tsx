import { useState, type ReactNode } from 'react';
import type { TaskState, TaskView } from '../../../rde-agent/protocol/taskView.ts';
import { t } from '../../protocol/words.ts';
import { formatBytes, formatCount, formatNumber, formatSeconds } from '../../shared/formatValues.ts';
import { ForkButton } from '../../shared/ForkButton.tsx';
import { ReasonText } from '../../shared/ReasonText.tsx';
import { DecisionBadge, StateIcon } from '../../shared/StateIcon.tsx';
import type { Post } from './post.ts';

/** tasks that are shown at once: of a fan-out of thousands those that tell most */
const AT_ONCE = 20;

const LOUDEST_FIRST: readonly TaskState[] = ['failed', 'running', 'cancelled', 'skipped', 'queued', 'succeeded'];

/** The tasks of a step; those of a large fan-out the loudest first, the rest when asked for. */
export function TaskDetails({ tasks, post }: { readonly tasks: readonly TaskView[]; readonly post: Post }): ReactNode {
  const [most, setMost] = useState(AT_ONCE);
  const loudness = (task: TaskView): number => LOUDEST_FIRST.indexOf(task.state);
  const ordered = tasks.length > AT_ONCE ? tasks.toSorted((one, other) => loudness(one) - loudness(other)) : tasks;
  return (
    <>
      {ordered.slice(0, most).map((task) => (
        <TaskDetail key={task.id} task={task} post={post} />
      ))}
      {tasks.length > most && (
        <button type="button" className="link" onClick={() => setMost(most + 5 * AT_ONCE)}>
          {t('Show more of the other {0}', tasks.length - most)}
        </button>
      )}
    </>
  );
}

function TaskDetail({ task, post }: { readonly task: TaskView; readonly post: Post }): ReactNode {
  return (
    <section>
      <p className="line">
        <b>{task.id}</b>
        <StateIcon state={task.state} />
        <DecisionBadge
          reused={task.decision === 'reused' ? 1 : 0}
          executed={task.decision === 'executed' && task.state !== 'running' ? 1 : 0}
          total={1}
        />
        <Facts task={task} />
        {task.decision === 'executed' && (
          <button type="button" className="link" onClick={() => post({ type: 'showLog', step: task.id })}>
            {t('Log')}
          </button>
        )}
        {task.decision !== null && <ForkButton task={task.id} onFork={() => post({ type: 'fork', step: task.id })} />}
      </p>
      {task.reasons.length > 0 && (
        <ul>
          {task.reasons.map((reason, index) => (
            <li key={index}>
              <ReasonText reason={reason} onOpen={() => post({ type: 'openReason', step: task.id, index })} />
            </li>
          ))}
        </ul>
      )}
      <TaskError task={task} post={post} />
      <Outputs task={task} post={post} />
      {Object.entries(task.metrics).map(([name, value]) => (
        <span key={name} className="metric">
          {name} <b>{formatNumber(value)}</b>
        </span>
      ))}
    </section>
  );
}

function Outputs({ task, post }: { readonly task: TaskView; readonly post: Post }): ReactNode {
  const ports = Object.entries(task.outputs);
  if (ports.length === 0) return null;
  return (
    <p className="ports">
      {ports.map(([port, { rows, bytes }]) => (
        <span key={port}>
          <b>{port}</b>{' '}
          <span className="quiet">
            {rows !== undefined ? t('{0} rows, {1}', formatCount(rows), formatBytes(bytes)) : formatBytes(bytes)}
          </span>{' '}
          <button
            type="button"
            className="link"
            aria-label={t('Preview {0} of {1}', port, task.id)}
            onClick={() => post({ type: 'preview', step: task.id, port })}
          >
            {t('Preview')}
          </button>
        </span>
      ))}
    </p>
  );
}

function Facts({ task }: { readonly task: TaskView }): ReactNode {
  const { worker } = task;
  return (
    <>
      {task.decision === 'executed' && task.finished !== null && <span>{formatSeconds(task.seconds)}</span>}
      {task.saved > 0 && <span>{t('{0} saved', formatSeconds(task.saved))}</span>}
      {task.attempts > 1 && <span>{t('{0} attempts', task.attempts)}</span>}
      {worker !== null && (
        <span className="quiet">{t('{0}, {1}, pid {2} of {3}', task.cluster, worker.mode, worker.pid, worker.parent)}</span>
      )}
      {task.progress !== null && (
        <span>
          {task.progress.total === null ? task.progress.done : t('{0} of {1}', task.progress.done, task.progress.total)}{' '}
          {task.progress.message}
        </span>
      )}
      {task.waitsFor !== undefined && <span className="quiet">{t('waits for another run that computes the same')}</span>}
    </>
  );
}

function TaskError({ task: { id, error }, post }: { readonly task: TaskView; readonly post: Post }): ReactNode {
  if (error === null) return null;
  return (
    <p className="errors">
      <span className="codicon codicon-error" aria-hidden="true" /> {error.message}
      {error.file !== undefined && (
        <>
          {' '}
          <button type="button" className="link place" onClick={() => post({ type: 'openError', step: id })}>
            {error.file.replace(/^.*[/\\]/, '')}
            {error.line === undefined ? '' : `:${error.line}`}
          </button>
        </>
      )}
    </p>
  );
}
