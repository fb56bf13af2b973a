import type { ReactNode } from 'react';
import type { GraphStep, PortView, WorkflowView } from '../../../rde-agent/protocol/workspaceView.ts';
import type { GraphNode } from '../../graph/graphModel.ts';
import { toPlanText } from '../../graph/looks/planTexts.ts';
import { t } from '../../protocol/words.ts';
import { Button } from '../../shared/ui/Button.tsx';
import { findStep } from '../../protocol/nestedSteps.ts';
import type { PlanStatus } from '../../protocol/planStatus.ts';
import { formatSeconds } from '../../shared/formatValues.ts';
import { ReasonText } from '../../shared/ReasonText.tsx';
import type { StepStatus } from '../../shared/stepStatus.ts';
import type { Post } from './post.ts';
import { TaskDetails } from './TaskDetails.tsx';

interface Props {
  readonly node: GraphNode;
  readonly workflow: WorkflowView;
  readonly nested: readonly WorkflowView[];
  readonly status: StepStatus | undefined;
  readonly plan: PlanStatus | undefined;
  readonly post: Post;
  readonly onClose: () => void;
}

/** Everything about the selected step: ports, what a run would do with it, and for each of its tasks what the newest run did. */
export function StepDetail({ node, workflow, nested, status, plan, post, onClose }: Props): ReactNode {
  const step = findStep(workflow, nested, node.id)?.step;
  return (
    <aside aria-label={t('Step {0}', node.id)}>
      <div className="detail-head">
        <h2>{node.id}</h2>
        <span className="quiet">{node.name}</span>
        <Button onPress={() => post({ type: 'openCode', step: node.id })}>{t('Open code')}</Button>
        <Button onPress={() => post({ type: 'openStep', step: node.id })}>{t('Show in workflow')}</Button>
        <Button kind="icon" icon="close" label={t('Close the detail')} onPress={onClose} />
      </div>
      {step !== undefined && <StepPorts step={step} />}
      {plan !== undefined && <PlanDetail id={node.id} plan={plan} post={post} />}
      {status !== undefined && <TaskDetails tasks={status.tasks} post={post} />}
      {plan === undefined && status === undefined && <p className="quiet">{t('Nothing is known of it yet: it has not run.')}</p>}
    </aside>
  );
}

function StepPorts({ step }: { readonly step: GraphStep }): ReactNode {
  return (
    <>
      <Ports name={t('in')} ports={step.inputs} />
      <Ports name={t('out')} ports={step.outputs} />
    </>
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

function PlanDetail({ id, plan, post }: { readonly id: string; readonly plan: PlanStatus; readonly post: Post }): ReactNode {
  return (
    <section aria-label={t('Plan')}>
      <b>{toPlanText(plan)}</b>
      {plan.predictedSeconds > 0 && <span className="quiet"> {t('about {0}', formatSeconds(plan.predictedSeconds))}</span>}
      {plan.savedSeconds > 0 && <span className="quiet"> {t('saves {0}', formatSeconds(plan.savedSeconds))}</span>}
      <ul>
        {plan.reasons.map((reason, index) => (
          <li key={reason.message}>
            <ReasonText reason={reason} onOpen={() => post({ type: 'openPlanReason', step: id, index })} />
          </li>
        ))}
      </ul>
    </section>
  );
}
