import { Fragment, type ReactNode } from 'react';
import type { RunView, TaskView } from '../../rde-agent/protocol/runView.ts';
import type { FromRunPanel } from '../protocol/runPanel.ts';
import { formatNumber, formatSeconds } from '../shared/formatValues.ts';
import { DecisionBadge, StateIcon } from '../shared/StateIcon.tsx';

type Post = (message: FromRunPanel) => void;

export function TaskRows({ run, post }: { readonly run: RunView; readonly post: Post }): ReactNode {
  return run.order.map((id) => {
    const task = run.tasks[id];
    return task === undefined ? null : (
      <Fragment key={id}>
        <TaskRow task={task} post={post} />
        {task.error !== null && <ErrorRow task={task} post={post} />}
      </Fragment>
    );
  });
}

function TaskRow({ task, post }: { readonly task: TaskView; readonly post: Post }): ReactNode {
  const isReused = task.decision === 'reused';
  return (
    <tr>
      <th scope="row">
        <button type="button" className="link" title="Open the code" onClick={() => post({ type: 'openCode', step: task.id })}>
          {task.id}
        </button>
      </th>
      <td>
        <StateIcon state={task.state} />
        <Progress task={task} />
      </td>
      <td>
        <DecisionBadge reused={isReused ? 1 : 0} executed={task.decision === 'executed' ? 1 : 0} total={1} />
      </td>
      <td className="why" title={task.reasons.map((reason) => reason.message).join('\n')}>
        {task.reasons[0]?.message ?? ''}
        {task.reasons.length > 1 && <span className="quiet"> and {task.reasons.length - 1} more</span>}
      </td>
      <td className="number">{isReused ? `${formatSeconds(task.saved)} saved` : task.finished === null ? '' : formatSeconds(task.seconds)}</td>
      <td className="quiet">{task.worker === null ? '' : `${task.worker.mode}, pid ${task.worker.pid}`}</td>
      <td>
        {Object.entries(task.metrics).map(([name, value]) => (
          <span key={name} className="metric">
            {name} <b>{formatNumber(value)}</b>
          </span>
        ))}
        {task.decision === 'executed' && (
          <button type="button" className="link" onClick={() => post({ type: 'showLog', step: task.id })}>
            Log
          </button>
        )}
      </td>
    </tr>
  );
}

function Progress({ task }: { readonly task: TaskView }): ReactNode {
  const { progress } = task;
  if (progress === null || task.state !== 'running') return null;
  return (
    <span className="quiet progress">
      {progress.total === null ? progress.done : `${Math.floor((100 * progress.done) / Math.max(progress.total, 1))} %`} {progress.message}
    </span>
  );
}

function ErrorRow({ task, post }: { readonly task: TaskView; readonly post: Post }): ReactNode {
  const { error } = task;
  if (error === null) return null;
  return (
    <tr className="error-row">
      <td colSpan={7}>
        <p>
          <span className="codicon codicon-error" aria-hidden="true" /> <b>{error.code}</b> {error.message}
          {error.file !== undefined && (
            <button type="button" className="link" onClick={() => post({ type: 'openError', step: task.id })}>
              {error.file}
              {error.line === undefined ? '' : `:${error.line}`}
            </button>
          )}
        </p>
        {error.traceback !== undefined && <pre>{error.traceback}</pre>}
      </td>
    </tr>
  );
}
