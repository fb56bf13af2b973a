import { useState, type ReactNode } from 'react';
import type { WorkflowView } from '../../../rde-agent/protocol/workspaceView.ts';
import type { FromGraphPanel, GraphPanelModel, ToGraphPanel } from '../../protocol/graphPanel.ts';
import { formatSeconds } from '../../shared/formatValues.ts';
import { OfflineNotice } from '../../shared/OfflineNotice.tsx';
import type { PanelHost } from '../../shared/panelHost.ts';
import { StateIcon } from '../../shared/StateIcon.tsx';
import { toEconomics } from '../../shared/stepStatus.ts';
import { usePanelModel } from '../../shared/usePanelModel.ts';
import { toLayout, toNodes, toStructureKey } from '../graphModel.ts';
import type { Layout } from '../../graph/layout/layout.ts';
import { toPlanLine } from '../planStatus.ts';
import { GraphView } from './GraphView.tsx';
import { StepDetail } from './StepDetail.tsx';

type Host = PanelHost<ToGraphPanel, FromGraphPanel>;

/** A workflow as it is written, with the states of its newest run drawn over it. Read-only. */
export function GraphPanel({ host }: { readonly host: Host }): ReactNode {
  const model = usePanelModel<GraphPanelModel>(host);
  if (model === null) return <p className="quiet waiting">Waiting for the workflow…</p>;
  if (model.workflow === null) return <p className="waiting">{model.message}</p>;
  return <LoadedGraph model={model} workflow={model.workflow} host={host} />;
}

function LoadedGraph({
  model,
  workflow,
  host,
}: {
  readonly model: GraphPanelModel;
  readonly workflow: WorkflowView;
  readonly host: Host;
}): ReactNode {
  const [selected, setSelected] = useState<string | null>(null);
  const layout = useLayout(workflow);
  const nodes = toNodes(workflow, layout, model.run, model.plan);
  const node = nodes.find((one) => one.step.id === selected) ?? null;
  return (
    <main className="graph-panel">
      <OfflineNotice link={model.link} />
      <Header model={model} workflow={workflow} host={host} />
      <GraphView
        layout={layout}
        nodes={nodes}
        selected={selected}
        onSelect={setSelected}
        onOpen={(step) => host.post({ type: 'openCode', step })}
        onLog={(step) => host.post({ type: 'showLog', step })}
      />
      {node !== null && <StepDetail node={node} post={(message) => host.post(message)} onClose={() => setSelected(null)} />}
    </main>
  );
}

/** Only a change of structure lays out again: states and edits elsewhere in the file leave every node where it is. */
function useLayout(workflow: WorkflowView): Layout {
  const structure = toStructureKey(workflow);
  const [kept, setKept] = useState(() => ({ structure, layout: toLayout(workflow) }));
  if (kept.structure === structure) return kept.layout;
  const next = { structure, layout: toLayout(workflow) };
  setKept(next);
  return next.layout;
}

function Header({
  model,
  workflow,
  host,
}: {
  readonly model: GraphPanelModel;
  readonly workflow: WorkflowView;
  readonly host: Host;
}): ReactNode {
  const { run } = model;
  const isRunning = run !== null && run.finished === null;
  return (
    <header>
      <h1>{workflow.name}</h1>
      <span role="status" className="line">
        {model.plan !== null ? (
          <span>{toPlanLine(model.plan, formatSeconds)}</span>
        ) : run === null ? (
          <span className="quiet">not run yet</span>
        ) : (
          <>
            <StateIcon state={run.state} />
            {run.finished !== null && <span>{formatSeconds(run.seconds)}</span>}
            <span>{toEconomics(run, formatSeconds)}</span>
          </>
        )}
        {workflow.errors > 0 && (
          <span className="errors">
            <span className="codicon codicon-error" aria-hidden="true" /> {workflow.errors} {workflow.errors === 1 ? 'error' : 'errors'} in
            the file
          </span>
        )}
      </span>
      {run !== null && (
        <button type="button" onClick={() => host.post({ type: 'showRun' })}>
          Details
        </button>
      )}
      {!isRunning && (
        <button type="button" disabled={workflow.errors > 0} onClick={() => host.post({ type: 'plan' })}>
          Plan
        </button>
      )}
      <button
        type="button"
        className={isRunning ? '' : 'primary'}
        disabled={isRunning && run.cancelRequested}
        onClick={() => host.post({ type: isRunning ? 'cancel' : 'run' })}
      >
        {isRunning ? (run.cancelRequested ? 'Cancelling…' : 'Cancel run') : 'Run'}
      </button>
    </header>
  );
}
