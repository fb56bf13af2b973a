import type { ReactNode } from 'react';
import type { RunView } from '../../rde-agent/protocol/runView.ts';
import type { TaskView } from '../../rde-agent/protocol/taskView.ts';
import type { FromRunPanel } from '../protocol/runPanel.ts';
import { formatNumber, formatSeconds } from '../shared/formatValues.ts';
import { ForkButton } from '../shared/ForkButton.tsx';
import { ReasonText } from '../shared/ReasonText.tsx';
import { DecisionBadge, StateIcon } from '../shared/StateIcon.tsx';

type Post = (message: FromRunPanel) => void;

/** One group of rows for each task: what it is and did, then why and where, then its error. */
export function TaskRows({ run, post }: { readonly run: RunView; readonly post: Post }): ReactNode {
  return run.order.map((id) => {
    const task = run.tasks[id];
    return task === undefined ? null : (
      <tbody key={id}>
        <TaskRow task={task} post={post} />
        <WhyRow task={task} post={post} />
        {task.error !== null && <ErrorRow task={task} post={post} />}
      </tbody>
    );
  });
}

function TaskRow({ task, post }: { readonly task: TaskView; readonly post: Post }): ReactNode {
  const isReused = task.decision === 'reused';
  return (
    <tr className="task-row">
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
        <DecisionBadge reused={isReused ? 1 : 0} executed={task.decision === 'executed' && task.state !== 'running' ? 1 : 0} total={1} />
      </td>
      <td className="number">
        {isReused ? `${formatSeconds(task.saved)} saved` : task.finished === null ? '' : formatSeconds(task.seconds)}
      </td>
      <td className="log">
        {task.decision === 'executed' && (
          <button type="button" className="link" aria-label={`Log of ${task.id}`} onClick={() => post({ type: 'showLog', step: task.id })}>
            Log
          </button>
        )}
        {task.decision !== null && <ForkButton task={task.id} onFork={() => post({ type: 'fork', step: task.id })} />}
      </td>
    </tr>
  );
}

function WhyRow({ task, post }: { readonly task: TaskView; readonly post: Post }): ReactNode {
  const metrics = Object.entries(task.metrics);
  if (task.reasons.length === 0 && task.worker === null && metrics.length === 0) return null;
  return (
    <tr className="why-row">
      <td colSpan={5}>
        <div className="facts">
          {task.reasons.map((reason, index) => (
            <ReasonText key={index} reason={reason} onOpen={() => post({ type: 'openReason', step: task.id, index })} />
          ))}
          {task.worker !== null && (
            <span className="quiet">
              {task.worker.mode}, pid {task.worker.pid} of {task.worker.parent}
            </span>
          )}
          {task.attempts > 1 && <span className="quiet">attempt {task.attempts}</span>}
          {metrics.map(([name, value]) => (
            <span key={name} className="metric">
              {name} <b>{formatNumber(value)}</b>
            </span>
          ))}
        </div>
      </td>
    </tr>
  );
}

function Progress({ task }: { readonly task: TaskView }): ReactNode {
  const { progress } = task;
  if (progress === null || task.state !== 'running') return null;
  const share = progress.total === null ? null : Math.min(1, progress.done / Math.max(progress.total, 1));
  return (
    <span className="quiet progress">
      {share === null ? progress.done : <progress max={1} value={share} aria-label={`Progress of ${task.id}`} />}
      {share !== null && `${Math.floor(100 * share)} %`} {progress.message}
    </span>
  );
}

function ErrorRow({ task, post }: { readonly task: TaskView; readonly post: Post }): ReactNode {
  const { error } = task;
  if (error === null) return null;
  return (
    <tr className="error-row">
      <td colSpan={5}>
        <p>
          <span className="codicon codicon-error" aria-hidden="true" /> <b>{error.code}</b> {error.message}{' '}
          {error.file !== undefined && (
            <button type="button" className="link" onClick={() => post({ type: 'openError', step: task.id })}>
              {error.file}
              {error.line === undefined ? '' : `:${error.line}`}
            </button>
          )}
        </p>
        {error.traceback !== undefined && <pre tabIndex={0}>{error.traceback}</pre>}
      </td>
    </tr>
  );
}
