import { useRef, type KeyboardEvent, type ReactNode } from 'react';
import { nextNode, NODE_HEIGHT, NODE_WIDTH, type Direction, type GraphNode } from '../graphModel.ts';
import type { Layout, PlacedEdge, Point } from '../../graph/layout/layout.ts';
import { NodeCard } from './NodeCard.tsx';
import { useZoom } from './useZoom.ts';

export interface GraphViewProps {
  readonly layout: Layout;
  readonly nodes: readonly GraphNode[];
  readonly selected: string | null;
  readonly onSelect: (step: string) => void;
  readonly onOpen: (step: string) => void;
  readonly onLog: (step: string) => void;
}

const ARROWS: { readonly [key: string]: Direction } = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right' };

/** Boxes and lines under one transform. The view is one tab stop; arrows walk the nodes, Enter opens the code, Alt+Enter the log. */
export function GraphView(props: GraphViewProps): ReactNode {
  const { layout, nodes, selected, onSelect } = props;
  const frame = useRef<HTMLDivElement>(null);
  const { transform, zoomBy, fit } = useZoom(frame, layout.width, layout.height);
  const active = selected ?? nodes[0]?.step.id ?? null;

  const onKeyDown = (event: KeyboardEvent): void => {
    const direction = ARROWS[event.key];
    if (direction !== undefined && active !== null) onSelect(selected === null ? active : nextNode(nodes, active, direction));
    else if (event.key === 'Enter' && active !== null) (event.altKey ? props.onLog : props.onOpen)(active);
    else if (event.key === 'f' || event.key === '0') fit();
    else if (event.key === '+' || event.key === '=') zoomBy(1.25);
    else if (event.key === '-') zoomBy(0.8);
    else return;
    event.preventDefault();
  };

  return (
    <div className="stage">
      <ZoomButtons zoomBy={zoomBy} fit={fit} />
      <div
        className="frame"
        ref={frame}
        tabIndex={0}
        role="listbox"
        aria-label="Steps of the workflow"
        aria-activedescendant={active === null ? undefined : `step-${active}`}
        onKeyDown={onKeyDown}
      >
        <div className="plane" style={{ transform, width: layout.width, height: layout.height }}>
          <Edges layout={layout} selected={selected} />
          {nodes.map((node) => (
            <div
              key={node.step.id}
              id={`step-${node.step.id}`}
              className="node"
              role="option"
              aria-selected={node.step.id === selected}
              style={{ left: node.x, top: node.y, width: NODE_WIDTH, height: NODE_HEIGHT }}
              onClick={() => onSelect(node.step.id)}
              onDoubleClick={() => props.onOpen(node.step.id)}
            >
              <NodeCard node={node} />
            </div>
          ))}
        </div>
      </div>
    </div>
  );
}

function Edges({ layout, selected }: { readonly layout: Layout; readonly selected: string | null }): ReactNode {
  return (
    <svg width={layout.width} height={layout.height} aria-hidden="true">
      <defs>
        <marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">
          <path d="M0 0 L8 4 L0 8 z" />
        </marker>
      </defs>
      {layout.edges.map((edge) => (
        <path
          key={`${edge.from}>${edge.to}`}
          className={isNear(edge, selected) ? 'edge near' : 'edge'}
          d={toPath(edge.points)}
          markerEnd="url(#arrow)"
        />
      ))}
    </svg>
  );
}

/** The same as the keys + - and f, for the pointer. */
function ZoomButtons({ zoomBy, fit }: { readonly zoomBy: (factor: number) => void; readonly fit: () => void }): ReactNode {
  return (
    <div className="zoom" role="toolbar" aria-label="Zoom">
      <button type="button" title="Zoom in (+)" aria-label="Zoom in" onClick={() => zoomBy(1.25)}>
        <span className="codicon codicon-zoom-in" aria-hidden="true" />
      </button>
      <button type="button" title="Zoom out (-)" aria-label="Zoom out" onClick={() => zoomBy(0.8)}>
        <span className="codicon codicon-zoom-out" aria-hidden="true" />
      </button>
      <button type="button" title="Show all (f)" aria-label="Show all" onClick={fit}>
        <span className="codicon codicon-screen-full" aria-hidden="true" />
      </button>
    </div>
  );
}

function isNear(edge: PlacedEdge, selected: string | null): boolean {
  return selected !== null && (edge.from === selected || edge.to === selected);
}

/** Smooth from point to point, leaving and arriving vertically. */
function toPath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let before = first;
  return rest.reduce((path, point) => {
    const middle = (before.y + point.y) / 2;
    const segment = before.x === point.x ? ` L${point.x} ${point.y}` : ` C${before.x} ${middle} ${point.x} ${middle} ${point.x} ${point.y}`;
    before = point;
    return path + segment;
  }, `M${first.x} ${first.y}`);
}
