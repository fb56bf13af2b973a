import type { ReactNode } from 'react';
import type { TaskView } from '../../../rde-agent/protocol/taskView.ts';
import type { PortView } from '../../../rde-agent/protocol/workspaceView.ts';
import type { FromGraphPanel } from '../../protocol/graphPanel.ts';
import { formatNumber, formatSeconds } from '../../shared/formatValues.ts';
import { ForkButton } from '../../shared/ForkButton.tsx';
import { ReasonText } from '../../shared/ReasonText.tsx';
import { DecisionBadge, StateIcon } from '../../shared/StateIcon.tsx';
import type { GraphNode } from '../graphModel.ts';
import { toPlanText } from '../planStatus.ts';

type Post = (message: FromGraphPanel) => void;

/** Everything about the selected step: ports, and for each task state, reasons, time, worker, metrics. */
export function StepDetail({
  node,
  post,
  onClose,
}: {
  readonly node: GraphNode;
  readonly post: Post;
  readonly onClose: () => void;
}): ReactNode {
  const { step, status, plan } = node;
  return (
    <aside aria-label={`Step ${step.id}`}>
      <div className="detail-head">
        <h2>{step.id}</h2>
        <span className="quiet">{step.name}</span>
        <button type="button" onClick={() => post({ type: 'openCode', step: step.id })}>
          Open code
        </button>
        <button type="button" onClick={() => post({ type: 'openStep', step: step.id })}>
          Show in workflow
        </button>
        <button type="button" className="link" aria-label="Close the detail" onClick={onClose}>
          <span className="codicon codicon-close" aria-hidden="true" />
        </button>
      </div>
      <Ports name="in" ports={step.inputs} />
      <Ports name="out" ports={step.outputs} />
      {plan !== null && (
        <section>
          <b>{toPlanText(plan)}</b>
          {plan.predictedSeconds > 0 && <span className="quiet"> about {formatSeconds(plan.predictedSeconds)}</span>}
          {plan.savedSeconds > 0 && <span className="quiet"> saves {formatSeconds(plan.savedSeconds)}</span>}
          <ul>
            {plan.reasons.map((reason, index) => (
              <li key={reason.message}>
                <ReasonText reason={reason} onOpen={() => post({ type: 'openPlanReason', step: step.id, index })} />
              </li>
            ))}
          </ul>
        </section>
      )}
      {status?.tasks.map((task) => (
        <TaskDetail key={task.id} task={task} post={post} />
      ))}
    </aside>
  );
}

function Ports({ name, ports }: { readonly name: string; readonly ports: readonly PortView[] }): ReactNode {
  if (ports.length === 0) return null;
  return (
    <p className="ports">
      <span className="quiet">{name}</span>
      {ports.map((port) => (
        <span key={port.name}>
          <b>{port.name}</b> <span className="quiet">{port.type}</span>
        </span>
      ))}
    </p>
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
        {task.decision === 'executed' && task.finished !== null && <span>{formatSeconds(task.seconds)}</span>}
        {task.saved > 0 && <span>{formatSeconds(task.saved)} saved</span>}
        {task.worker !== null && (
          <span className="quiet">
            {task.worker.mode}, pid {task.worker.pid} of {task.worker.parent}
          </span>
        )}
        {task.decision === 'executed' && (
          <button type="button" className="link" onClick={() => post({ type: 'showLog', step: task.id })}>
            Log
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
      {task.error !== null && (
        <p className="errors">
          <span className="codicon codicon-error" aria-hidden="true" /> {task.error.message}
        </p>
      )}
      {Object.entries(task.metrics).map(([name, value]) => (
        <span key={name} className="metric">
          {name} <b>{formatNumber(value)}</b>
        </span>
      ))}
    </section>
  );
}
