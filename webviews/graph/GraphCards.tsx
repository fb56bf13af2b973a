import { useMemo, type ReactNode } from 'react';
import { toPath } from './drawing/edgePath.ts';
import type { SceneBox } from './drawing/scene.ts';
import type { GraphCanvasProps } from './graphProps.ts';
import type { PlacedEdge } from './layout/layout.ts';
import { GroupCard, NodeCard } from './NodeCard.tsx';
import type { GraphState } from './useGraph.ts';
import { useStable } from './useStable.ts';

type Props = Pick<GraphCanvasProps, 'looks' | 'selected' | 'onSelect' | 'onOpen'> & { readonly graph: GraphState };

/** The elements of the page: boxes that are near, the active one wherever it is, and the edges of the selected one. */
export function GraphCards({ graph, looks, selected, ...handlers }: Props): ReactNode {
  const { scene, near, active, focus, expansion } = graph;
  const onSelect = useStable(handlers.onSelect);
  const onOpen = useStable(handlers.onOpen);
  const onToggle = expansion.toggle;
  const shown = [...(active === null || near.has(active) ? near : [...near, active])].flatMap((id) => scene.byId.get(id) ?? []);
  const isGroup = ({ node }: SceneBox): boolean => !scene.indexOf.has(node.id);
  const cardProps = (box: SceneBox) => ({
    box,
    look: looks.get(box.node.id),
    isSelected: box.node.id === selected,
    isFaint: focus !== null && !focus.has(box.node.id),
    onSelect,
    onOpen,
    onToggle,
  });
  return (
    <>
      {shown.filter(isGroup).map((box) => (
        <GroupCard key={box.node.id} {...cardProps(box)} />
      ))}
      {selected !== null && <NearEdges edges={scene.edges} selected={selected} width={scene.width} height={scene.height} />}
      {shown
        .filter((box) => !isGroup(box))
        .map((box) => (
          <NodeCard key={box.node.id} canExpand={scene.nesting.has(box.node.id)} {...cardProps(box)} />
        ))}
    </>
  );
}

function NearEdges({
  edges,
  selected,
  width,
  height,
}: {
  readonly edges: readonly PlacedEdge[];
  readonly selected: string;
  readonly width: number;
  readonly height: number;
}): ReactNode {
  const near = useMemo(() => edges.filter((edge) => edge.from === selected || edge.to === selected), [edges, selected]);
  if (near.length === 0) return null;
  return (
    <svg className="near-edges" width={width} height={height} aria-hidden="true">
      {near.map((edge) => (
        <path key={`${edge.from}>${edge.to}`} d={toPath(edge.points)} />
      ))}
    </svg>
  );
}
