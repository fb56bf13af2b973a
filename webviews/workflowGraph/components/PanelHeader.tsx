import { useMemo, useState, type ReactNode } from 'react';
import type { WorkflowView } from '../../../rde-agent/protocol/workspaceView.ts';
import type { Overlay } from '../../graph/looks/overlays.ts';
import { toPlanLine } from '../../graph/looks/planTexts.ts';
import type { FromGraphPanel, GraphPanelModel } from '../../protocol/graphPanel.ts';
import { toStepPath } from '../../protocol/stepPaths.ts';
import { t } from '../../protocol/words.ts';
import { formatSeconds } from '../../shared/formatValues.ts';
import { StateIcon } from '../../shared/StateIcon.tsx';
import { Button } from '../../shared/ui/Button.tsx';
import { toEconomics } from '../economics.ts';
import { WhyTheyRan } from './WhyTheyRan.tsx';

interface Props {
  readonly model: GraphPanelModel;
  readonly workflow: WorkflowView;
  readonly overlay: Overlay;
  readonly onSelect: (step: string) => void;
  readonly host: { post(message: FromGraphPanel): void };
}

/** What the workflow is, what came of its newest run or would come of the next, and what can be done. */
export function PanelHeader(props: Props): ReactNode {
  const { model, workflow, host } = props;
  const isRunning = model.run !== null && model.run.finished === null;
  return (
    <header>
      <h1 title={workflow.description === '' ? workflow.name : workflow.description}>{workflow.name}</h1>
      <Line {...props} />
      {model.run !== null && <Button onPress={() => host.post({ type: 'showRun' })}>{t('Details')}</Button>}
      {!isRunning && (
        <Button disabled={workflow.errors > 0} onPress={() => host.post({ type: 'plan' })}>
          {t('Plan')}
        </Button>
      )}
      <RunButton model={model} workflow={workflow} host={host} />
    </header>
  );
}

function RunButton({ model: { run }, workflow, host }: Pick<Props, 'model' | 'workflow' | 'host'>): ReactNode {
  if (run !== null && run.finished === null)
    return (
      <Button disabled={run.cancelRequested} onPress={() => host.post({ type: 'cancel' })}>
        {run.cancelRequested ? t('Cancelling…') : t('Cancel run')}
      </Button>
    );
  return (
    <Button kind="primary" disabled={workflow.errors > 0} onPress={() => host.post({ type: 'run' })}>
      {t('Run')}
    </Button>
  );
}

function Line({ model: { run, plan }, workflow, overlay, onSelect, host }: Props): ReactNode {
  return (
    <div className="line">
      <span role="status" className="line">
        {overlay === 'plan' && plan !== null ? <span>{toPlanLine(plan, formatSeconds)}</span> : <RunLine run={run} />}
      </span>
      {run !== null && (overlay !== 'plan' || plan === null) && (
        <Economics run={run} onSelect={onSelect} onReason={(step, index) => host.post({ type: 'openReason', step, index })} />
      )}
      {workflow.errors > 0 && (
        <span className="errors">
          <span className="codicon codicon-error" aria-hidden="true" />{' '}
          {workflow.errors === 1 ? t('{0} error in the file', workflow.errors) : t('{0} errors in the file', workflow.errors)}
        </span>
      )}
    </div>
  );
}

function RunLine({ run }: { readonly run: GraphPanelModel['run'] }): ReactNode {
  if (run === null) return <span className="quiet">{t('not run yet')}</span>;
  return (
    <>
      <StateIcon state={run.state} />
      {run.finished !== null && <span>{formatSeconds(run.seconds)}</span>}
    </>
  );
}

/** Why the others ran: a list that leads to each of them. */
function Economics({
  run,
  onSelect,
  onReason,
}: {
  readonly run: NonNullable<GraphPanelModel['run']>;
  readonly onSelect: (step: string) => void;
  readonly onReason: (task: string, index: number) => void;
}): ReactNode {
  const [isOpen, setOpen] = useState(false);
  const { text, ran } = useMemo(() => toEconomics(run), [run]);
  if (ran.length === 0) return <span>{text}</span>;
  return (
    <span className="why-anchor">
      {text}
      {'; '}
      <button type="button" className="link" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {ran.length === 1 ? t('why one ran') : t('why the other {0} ran', ran.length)}
      </button>
      {isOpen && (
        <WhyTheyRan tasks={ran} onClose={() => setOpen(false)} onSelect={(task) => onSelect(toStepPath(task.id))} onReason={onReason} />
      )}
    </span>
  );
}
