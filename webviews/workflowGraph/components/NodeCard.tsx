import type { ReactNode } from 'react';
import { formatSeconds } from '../../shared/formatValues.ts';
import { DecisionBadge, StateIcon } from '../../shared/StateIcon.tsx';
import type { GraphNode } from '../graphModel.ts';

/** What can be read of a step at a glance. */
export function NodeCard({ node: { step, status } }: { readonly node: GraphNode }): ReactNode {
  const isFanOut = step.elements !== null;
  return (
    <div className={`card ${status === null ? 'card-idle' : `card-${status.state}`}`}>
      <div className="card-line">
        <span className={`codicon codicon-${step.kind === 'dataset' ? 'database' : 'symbol-method'}`} aria-hidden="true" />
        <b className="card-name">{step.id}</b>
        {isFanOut && <span className="quiet">{status === null ? `× ${step.elements.length}` : `${status.done}/${status.total}`}</span>}
      </div>
      <div className="card-module quiet">{step.name}</div>
      <div className="card-line">
        {status !== null && (
          <>
            <StateIcon state={status.state} />
            <DecisionBadge reused={status.reused} executed={status.executed} total={status.total} />
            {status.executed > 0 && status.done === status.total && <span className="quiet">{formatSeconds(status.seconds)}</span>}
          </>
        )}
      </div>
    </div>
  );
}
