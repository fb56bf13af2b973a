import { useRef, type KeyboardEvent, type ReactNode } from 'react';
import { t } from '../protocol/words.ts';
import { ExportMenu } from './ExportMenu.tsx';
import './graph.css';
import { GraphCards } from './GraphCards.tsx';
import { toAction } from './graphKeys.ts';
import type { GraphCanvasProps } from './graphProps.ts';
import { GraphTools } from './GraphTools.tsx';
import { KeyHelp } from './KeyHelp.tsx';
import { SearchBox } from './SearchBox.tsx';
import { StepTree } from './StepTree.tsx';
import { useGraph } from './useGraph.ts';

/**
 * A graph that is walked, searched, expanded and read: one canvas for edges and what is far, elements of the page for boxes near enough to
 * read, a tree of all steps beside it. It fills its parent. It knows no panel: what it shows comes in, what a person wants goes out.
 */
export function GraphCanvas(props: GraphCanvasProps): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const plane = useRef<HTMLDivElement>(null);
  const front = useRef<HTMLCanvasElement>(null);
  const back = useRef<HTMLCanvasElement>(null);
  const graph = useGraph(props, { frame, plane, front, back });
  const { panes, active } = graph;

  const onKeyDown = (event: KeyboardEvent): void => {
    const action = toAction(event);
    if (action === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    graph.act(action);
  };

  return (
    <div className="stage">
      <div className="corner">
        {panes.search !== null && <SearchBox graph={graph} selected={props.selected} onDone={() => frame.current?.focus()} />}
        {props.tools}
      </div>
      <div
        className="frame"
        ref={frame}
        tabIndex={0}
        role="listbox"
        aria-label={t('Graph of the steps. Question mark shows the keys.')}
        aria-activedescendant={active === null ? undefined : `step-${active}`}
        onKeyDown={onKeyDown}
      >
        <canvas ref={front} aria-hidden="true" />
        <canvas ref={back} aria-hidden="true" />
        <div className="plane" ref={plane}>
          <GraphCards graph={graph} looks={props.looks} selected={props.selected} onSelect={props.onSelect} onOpen={props.onOpen} />
        </div>
      </div>
      {graph.scene.byId.size === 0 && (
        <p className="quiet no-picture">{graph.expansion.isLate ? t('Laying out the graph…') : t('This workflow has no steps yet.')}</p>
      )}
      <GraphTools
        graph={graph}
        extra={props.onExport !== undefined && <ExportMenu props={props} graph={graph} frame={frame} onExport={props.onExport} />}
      />
      <StepTree
        model={props.graph}
        looks={props.looks}
        graph={graph}
        selected={props.selected}
        onOpen={props.onOpen}
        onLog={(step) => props.onLog?.(step)}
      />
      {panes.isHelp && (
        <KeyHelp keys={{ hasLog: props.onLog !== undefined, sought: props.sought?.text }} onClose={() => graph.act({ kind: 'help' })} />
      )}
    </div>
  );
}
