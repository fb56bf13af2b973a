import { useEffect, useMemo, useRef, useState } from 'react';
import type { Camera } from './drawing/camera.ts';
import type { Scene } from './drawing/scene.ts';
import type { Near } from './drawing/viewer.ts';
import { findReach, findSteps } from './findSteps.ts';
import { toActing } from './graphActions.ts';
import type { GraphCanvasProps, GraphPanes, KeptGraph } from './graphProps.ts';
import { findNext, type Direction, type GraphAction } from './graphKeys.ts';
import type { GraphNode } from './graphModel.ts';
import { useExpansion, type Expansion } from './useExpansion.ts';
import { useViewer, type GraphElements } from './useViewer.ts';

const NOTHING_KEPT: KeptGraph = { choices: {}, camera: null };

/** A step, and all that it depends on or that depends on it. */
interface Reach {
  readonly step: string;
  readonly direction: 'up' | 'down';
}

export interface GraphState {
  readonly scene: Scene;
  readonly near: Near;
  /** what stands out; `null` = everything is equal */
  readonly focus: ReadonlySet<string> | null;
  /** the selected step where it is on the picture, else the first */
  readonly active: string | null;
  readonly panes: GraphPanes;
  readonly found: readonly GraphNode[];
  readonly expansion: Expansion;
  setPanes(change: Partial<GraphPanes>): void;
  /** selects a step and brings it to sight */
  goTo(step: string): void;
  act(action: GraphAction): void;
}

/** Everything that a graph does, by its props and what a person does. */
export function useGraph(props: GraphCanvasProps, elements: GraphElements): GraphState {
  const { graph, looks, selected, kept = NOTHING_KEPT, onSelect, onKeep } = props;
  const expansion = useExpansion(graph, kept.choices);
  const { scene, choices } = expansion;
  const [panes, changePanes] = useState<GraphPanes>({ search: null, isTree: false, isHelp: false });
  const [reach, setReach] = useState<Reach | null>(null);
  const camera = useRef<Camera | null>(kept.camera);
  // Where the camera is concerns nobody who renders: it is kept, and no state.
  const onRest = (rested: Camera): void => {
    camera.current = rested;
    onKeep?.({ choices, camera: rested });
  };
  const found = useMemo(() => findSteps(graph, panes.search ?? ''), [graph, panes.search]);
  const focus = useMemo(() => {
    if (panes.search !== null && panes.search.trim() !== '') return withParents(found);
    return reach === null ? null : findReach(graph, reach.step, reach.direction);
  }, [graph, found, panes.search, reach]);
  const shown = useViewer(elements, { scene, looks, focus, selected }, kept.camera, onRest);
  expansion.follow(shown);
  useEffect(() => onKeep?.({ choices, camera: camera.current }), [onKeep, choices]);

  const active = selected !== null && scene.byId.has(selected) ? selected : (scene.boxes[0]?.node.id ?? null);
  const goTo = (step: string): void => {
    onSelect(step);
    expansion.show(step);
  };
  const move = (direction: Direction): void => {
    if (active === null) return;
    const next = selected === active ? findNext(scene, active, direction) : active;
    onSelect(next);
    shown.viewer.current?.reveal(next, false);
  };
  const isReached = (direction: Reach['direction']): boolean => reach?.step === active && reach?.direction === direction;
  const focusOn = (direction: Reach['direction']): void =>
    setReach(active === null || isReached(direction) ? null : { step: active, direction });
  const clear = (): void => {
    setReach(null);
    changePanes((before) => ({ ...before, search: null, isHelp: false }));
  };
  const act = toActing({ props, expansion, active, found, viewer: shown.viewer, goTo, move, focusOn, clear, changePanes });
  const setPanes = (next: Partial<GraphPanes>): void => changePanes((before) => ({ ...before, ...next }));
  return { scene, near: shown.near, focus, active, panes, found, expansion, setPanes, goTo, act };
}

/** With what they stand in, so that a box around a find is not faint. */
function withParents(found: readonly GraphNode[]): ReadonlySet<string> {
  return new Set(found.flatMap(({ id }) => id.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'))));
}
