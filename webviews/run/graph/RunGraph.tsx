import { useEffect, useMemo, useRef, useState, type ReactNode } from 'react';
import type { RunView } from '../../../rde-agent/protocol/runView.ts';
import { GraphCanvas } from '../../graph/GraphCanvas.tsx';
import type { NodeLook } from '../../graph/graphModel.ts';
import type { KeptGraph } from '../../graph/graphProps.ts';
import { toLooks } from '../../graph/looks/overlays.ts';
import { RunStates } from '../../graph/looks/runStates.ts';
import { toRunGraph } from '../../graph/runGraph.ts';
import { useStable } from '../../graph/useStable.ts';
import { toStepPath } from '../../protocol/stepPaths.ts';
import type { RunPanelView } from '../runPanelView.ts';
import { findTaskOf } from './runSelection.ts';

interface RunGraphProps {
  readonly run: RunView;
  readonly view: RunPanelView;
  readonly onChange: (change: Partial<RunPanelView>) => void;
  /** the line that a task failed at, of any other its code */
  readonly onOpen: (task: string) => void;
  readonly onOpenLog: (task: string) => void;
}

/** The run as a graph. A step stands for its tasks: choosing it chooses the loudest of them. */
export function RunGraph({ run, view, onChange, onOpen, onOpenLog }: RunGraphProps): ReactNode {
  const structure = useMemo(() => JSON.stringify([run.run, run.steps, run.order.map(toStepPath)]), [run]);
  // Every state of a run comes as a copy: what did not change its structure lays out nothing anew.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  const graph = useMemo(() => toRunGraph(run), [structure]);
  const [states] = useState(() => new RunStates());
  const before = useRef<ReadonlyMap<string, NodeLook>>(new Map());
  const looks = useMemo(
    () => toLooks(graph, 'run', { run: states.update(run), plan: new Map<string, never>() }, before.current),
    [graph, states, run],
  );
  useEffect(() => {
    before.current = looks;
  }, [looks]);
  const withTask = (step: string, act: (task: string) => void): void => {
    const task = findTaskOf(run, step);
    if (task !== undefined) act(task);
  };
  const onKeep = useStable((kept: KeptGraph) => onChange({ graph: kept }));
  return (
    <div className="run-graph">
      <GraphCanvas
        graph={graph}
        looks={looks}
        selected={view.selected === null ? null : toStepPath(view.selected)}
        kept={view.graph}
        onKeep={onKeep}
        onSelect={(step) => withTask(step, (task) => onChange({ selected: task }))}
        onOpen={(step) => withTask(step, onOpen)}
        onLog={(step) => withTask(step, onOpenLog)}
      />
    </div>
  );
}
