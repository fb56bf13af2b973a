import { useMemo, useRef, useState } from 'react';
import { toScene, type Scene } from './drawing/scene.ts';
import { toStructureKey, type GraphModel } from './graphModel.ts';
import type { Layout } from './layout/layout.ts';
import { layoutGraph } from './layout/layoutGraph.ts';
import { toLayoutRequest, toVisible, type Choices } from './visibleGraph.ts';

/** The picture of a graph. Only a change of structure or of what is expanded lays out again: states leave every box where it is. */
export function useScene(graph: GraphModel, choices: Choices): Scene {
  const structure = useStructure(graph);
  const previous = useRef<Layout | null>(null);
  return useMemo(() => {
    const visible = toVisible(structure, choices);
    const request = toLayoutRequest(visible);
    const layout = layoutGraph(previous.current === null ? request : { ...request, previous: previous.current });
    previous.current = layout;
    return toScene(visible, layout);
  }, [structure, choices]);
}

/** The same graph for as long as a layout of it would be the same. */
function useStructure(graph: GraphModel): GraphModel {
  const key = useMemo(() => toStructureKey(graph), [graph]);
  const [kept, setKept] = useState({ key, graph });
  if (kept.key === key) return kept.graph;
  setKept({ key, graph });
  return graph;
}
