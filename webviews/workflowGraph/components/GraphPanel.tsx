import { useCallback, useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type { WorkflowView } from '../../../rde-agent/protocol/workspaceView.ts';
import { findCriticalPath, toPlannedSteps, toTimedSteps } from '../../graph/criticalPath.ts';
import { GraphCanvas } from '../../graph/GraphCanvas.tsx';
import type { GraphModel, NodeLook } from '../../graph/graphModel.ts';
import type { KeptGraph } from '../../graph/graphProps.ts';
import { withCriticalPath } from '../../graph/looks/criticalLooks.ts';
import { toLooks, type Overlay, type OverlaySources } from '../../graph/looks/overlays.ts';
import { RunStates } from '../../graph/looks/runStates.ts';
import { useStable } from '../../graph/useStable.ts';
import { toWorkflowGraph } from '../../graph/workflowGraph.ts';
import { findFailure } from '../../protocol/failures.ts';
import type { FromGraphPanel, GraphPanelModel, ToGraphPanel } from '../../protocol/graphPanel.ts';
import { toPlanStatuses } from '../../protocol/planStatus.ts';
import { t } from '../../protocol/words.ts';
import { OfflineNotice } from '../../shared/OfflineNotice.tsx';
import type { PanelHost } from '../../shared/panelHost.ts';
import { usePanelModel } from '../../shared/usePanelModel.ts';
import { toSummary } from '../economics.ts';
import { readView, type GraphPanelView } from '../panelView.ts';
import { LiveSummary } from './LiveSummary.tsx';
import { OverlayChoice } from './OverlayChoice.tsx';
import { PanelHeader } from './PanelHeader.tsx';
import { StepDetail } from './StepDetail.tsx';

type Host = PanelHost<ToGraphPanel, FromGraphPanel>;

/** A workflow as it is written, with the states of its newest run, or what a run would do, drawn over it. Read-only. */
export function GraphPanel({ host }: { readonly host: Host }): ReactNode {
  const model = usePanelModel<GraphPanelModel>(host);
  if (model === null) return <p className="quiet waiting">{t('Waiting for the workflow…')}</p>;
  if (model.workflow === null) return <p className="waiting">{model.message}</p>;
  return <LoadedGraph model={model} workflow={model.workflow} host={host} />;
}

interface LoadedProps {
  readonly model: GraphPanelModel;
  readonly workflow: WorkflowView;
  readonly host: Host;
}

function LoadedGraph({ model, workflow, host }: LoadedProps): ReactNode {
  const { run, plan, nested } = model;
  const { view, change, onKeep } = useView(host);
  // User timing: from here it is ours what a person waits for.
  useState(() => performance.mark('graph-model'));
  const graph = useMemo(() => toWorkflowGraph(workflow, nested), [workflow, nested]);
  const overlay = view.overlay ?? (plan === null ? 'run' : 'plan');
  const { sources, looks } = useLooks(graph, model, overlay, view.isCriticalPath);
  const selected = useMemo(() => graph.nodes.find((node) => node.id === view.selected), [graph, view.selected]);
  const summary = useMemo(() => (run === null ? '' : toSummary(run)), [run]);
  const choose = (one: Overlay): void => {
    change({ overlay: one });
    if (one === 'plan' && plan === null && workflow.errors === 0) host.post({ type: 'plan' });
  };
  const select = (step: string | null): void => change({ selected: step });
  // What is not shown as failed may have been mended since: its code as it is now.
  const open = (step: string): void => {
    const isFailed = run !== null && looks.get(step)?.tone === 'bad';
    const failed = isFailed ? findFailure(run, sources.run.get(step)?.tasks.map((task) => task.id) ?? []) : undefined;
    host.post(failed === undefined ? { type: 'openCode', step } : { type: 'openError', step: failed });
  };
  return (
    <main className="graph-panel">
      <OfflineNotice link={model.link} />
      <PanelHeader model={model} workflow={workflow} overlay={overlay} host={host} onSelect={select} />
      <GraphCanvas
        graph={graph}
        looks={looks}
        selected={selected?.id ?? null}
        kept={view.graph}
        onKeep={onKeep}
        onSelect={select}
        onOpen={open}
        onLog={(step) => host.post({ type: 'showLog', step })}
        title={workflow.name}
        onExport={(format, content) => host.post({ type: 'export', format, content })}
        tools={
          <OverlayChoice
            overlay={overlay}
            onChoose={choose}
            isCriticalPath={view.isCriticalPath}
            onCriticalPath={(isCriticalPath) => change({ isCriticalPath })}
          />
        }
      />
      {selected !== undefined && (
        <StepDetail
          node={selected}
          workflow={workflow}
          nested={nested}
          status={sources.run.get(selected.id)}
          plan={sources.plan.get(selected.id)}
          post={(message) => host.post(message)}
          onClose={() => select(null)}
        />
      )}
      <LiveSummary text={summary} />
    </main>
  );
}

interface KeptView {
  readonly view: GraphPanelView;
  change(changed: Partial<GraphPanelView>): void;
  readonly onKeep: (graph: KeptGraph) => void;
}

/** The view, kept with what the host makes this panel of again. Where the camera is renders nothing: it is kept alone. */
function useView(host: Host): KeptView {
  const [view, setView] = useState(() => readView(host.kept));
  const graph = useRef(view.graph);
  const keep = useStable(() => host.keep({ ...toObject(host.kept), view: { ...view, graph: graph.current } }));
  useEffect(keep, [keep, view]);
  const change = useCallback((changed: Partial<GraphPanelView>) => setView((before) => ({ ...before, ...changed })), []);
  const onKeep = useStable((kept: KeptGraph) => {
    graph.current = kept;
    keep();
  });
  return { view, change, onKeep };
}

function toObject(kept: unknown): object {
  return typeof kept === 'object' && kept !== null ? kept : {};
}

function useLooks(
  graph: GraphModel,
  { run, plan }: GraphPanelModel,
  overlay: Overlay,
  isCriticalPath: boolean,
): { readonly sources: OverlaySources; readonly looks: ReadonlyMap<string, NodeLook> } {
  const [states] = useState(() => new RunStates());
  const before = useRef<ReadonlyMap<string, NodeLook>>(new Map());
  const sources = useMemo(
    () => ({ run: states.update(run), plan: plan === null ? new Map<string, never>() : toPlanStatuses(plan) }),
    [states, run, plan],
  );
  const looks = useMemo(() => {
    const made = toLooks(graph, overlay, sources, before.current);
    if (!isCriticalPath) return made;
    const steps =
      overlay !== 'run' && plan !== null ? toPlannedSteps(plan, graph.edges) : run === null ? [] : toTimedSteps(run, Date.now());
    return withCriticalPath(made, findCriticalPath(steps), before.current);
  }, [graph, overlay, sources, isCriticalPath, plan, run]);
  useEffect(() => {
    before.current = looks;
  }, [looks]);
  return { sources, looks };
}
