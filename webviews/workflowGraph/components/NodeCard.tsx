import type { ReactNode } from 'react';
import type { PlanStatus } from '../../protocol/planStatus.ts';
import { formatSeconds } from '../../shared/formatValues.ts';
import { DecisionBadge, StateIcon } from '../../shared/StateIcon.tsx';
import { toNodeNote, type GraphNode } from '../graphModel.ts';
import { toPlanText } from '../planStatus.ts';

/** What can be read of a step at a glance; the reasons stand in the tip and in the detail. */
export function NodeCard({ node }: { readonly node: GraphNode }): ReactNode {
  const { step, status, plan } = node;
  const isFanOut = step.elements !== null;
  const look = plan !== null ? 'plan' : (status?.state ?? 'idle');
  const time = plan === null && status !== null && status.executed > 0 && status.done === status.total ? formatSeconds(status.seconds) : '';
  return (
    <div className={`card card-${look}`} title={toNodeNote(node)}>
      <div className="card-line">
        <span className={`codicon codicon-${step.kind === 'dataset' ? 'database' : 'symbol-method'}`} aria-hidden="true" />
        <b className="card-name">{step.id}</b>
        {isFanOut && (
          <span className="count">{status === null || plan !== null ? `× ${step.elements.length}` : `${status.done}/${status.total}`}</span>
        )}
      </div>
      <div className="card-line card-module quiet">
        <span className="card-name">{step.name}</span>
        <span>{time}</span>
      </div>
      <div className="card-line">{plan !== null ? <PlanBadge plan={plan} /> : <RunLine status={status} />}</div>
      <span className="sr-only">{toNodeNote(node)}</span>
    </div>
  );
}

function RunLine({ status }: { readonly status: GraphNode['status'] }): ReactNode {
  if (status === null) return <span className="quiet">not run</span>;
  return (
    <>
      <StateIcon state={status.state} />
      <span className="grow" />
      <DecisionBadge reused={status.reused} executed={status.state === 'running' ? 0 : status.executed} total={status.total} />
    </>
  );
}

function PlanBadge({ plan }: { readonly plan: PlanStatus }): ReactNode {
  const isHit = plan.hits === plan.total;
  return (
    <span className={`badge ${isHit ? 'badge-hit' : ''}`}>
      <span className={`codicon codicon-${isHit ? 'history' : plan.misses > 0 ? 'play' : 'question'}`} aria-hidden="true" />
      {toPlanText(plan)}
    </span>
  );
}
