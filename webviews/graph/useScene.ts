import { useEffect, useMemo, useRef, useState } from 'react';
import { toScene, type Scene } from './drawing/scene.ts';
import { toStructureKey, type GraphModel } from './graphModel.ts';
import type { Layout } from './layout/layout.ts';
import { createLayouter } from './layout/layouter.ts';
import { toLayoutRequest, toVisible, type Choices, type VisibleGraph } from './visibleGraph.ts';

/** A picture with what it was made of. */
interface Made {
  readonly visible: VisibleGraph;
  readonly layout: Layout;
  readonly scene: Scene;
}

const NO_VISIBLE: VisibleGraph = { nodes: [], groups: [], edges: [], nesting: new Set() };
const NO_LAYOUT: Layout = { nodes: [], edges: [], groups: [], width: 0, height: 0 };
const NOTHING = toMade(NO_VISIBLE, NO_LAYOUT);

export interface ShownScene {
  readonly scene: Scene;
  /** the picture is of before: the one asked for is being laid out */
  readonly isLate: boolean;
}

/**
 * The picture of a graph. Only a change of structure or of what is expanded lays out again: states leave every box where it is. What takes
 * longer than a frame is laid out in another thread, and the picture of before stands until then.
 */
export function useScene(graph: GraphModel, choices: Choices): ShownScene {
  const structure = useStructure(graph);
  const visible = useMemo(() => toVisible(structure, choices), [structure, choices]);
  const [layouter] = useState(createLayouter);
  const shown = useRef<Made>(NOTHING);
  const [later, setLater] = useState<Made>(NOTHING);

  const atOnce = useMemo(() => {
    const layout = layouter.layoutNow(toRequest(visible, shown.current));
    return layout === undefined ? undefined : toMade(visible, layout);
  }, [layouter, visible]);

  useEffect(() => {
    if (atOnce !== undefined) return undefined;
    let isOver = false;
    void layouter.layout(toRequest(visible, shown.current)).then((layout) => {
      if (layout !== undefined && !isOver) setLater(toMade(visible, layout));
    });
    return () => {
      isOver = true;
    };
  }, [layouter, visible, atOnce]);
  useEffect(() => () => layouter.dispose(), [layouter]);

  const made = atOnce ?? (later.visible === visible ? later : shown.current);
  useEffect(() => {
    shown.current = made;
  }, [made]);
  return { scene: made.scene, isLate: made.visible !== visible };
}

function toRequest(visible: VisibleGraph, { layout }: Made): ReturnType<typeof toLayoutRequest> {
  return layout === NO_LAYOUT ? toLayoutRequest(visible) : { ...toLayoutRequest(visible), previous: layout };
}

/** User timing: from here on only drawing is left. */
function toMade(visible: VisibleGraph, layout: Layout): Made {
  performance.mark('graph-laid-out');
  return { visible, layout, scene: toScene(visible, layout) };
}

/** The same graph for as long as a layout of it would be the same. */
function useStructure(graph: GraphModel): GraphModel {
  const key = useMemo(() => toStructureKey(graph), [graph]);
  const [kept, setKept] = useState({ key, graph });
  if (kept.key === key) return kept.graph;
  setKept({ key, graph });
  return graph;
}
