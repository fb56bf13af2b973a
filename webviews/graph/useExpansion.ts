import { useLayoutEffect, useRef, useState } from 'react';
import type { Scene } from './drawing/scene.ts';
import type { GraphModel } from './graphModel.ts';
import { useScene } from './useScene.ts';
import { useStable } from './useStable.ts';
import type { ShownViewer } from './useViewer.ts';
import { expandTo, type Choices } from './visibleGraph.ts';

export interface Expansion {
  readonly choices: Choices;
  readonly scene: Scene;
  /** the picture is of before: the one asked for is being laid out */
  readonly isLate: boolean;
  /** expands what is collapsed, and the other way round; it stays where it is on the screen */
  toggle(step: string): void;
  toggleAll(isExpanded: boolean): void;
  /** brings a step to sight, out of whatever it is collapsed in */
  show(step: string): void;
  /** to be told the viewer, which is made of the scene */
  follow(shown: ShownViewer): void;
}

/** Which nested workflows are expanded, and the picture that this makes. */
export function useExpansion(graph: GraphModel, kept: Choices): Expansion {
  const [choices, setChoices] = useState<Choices>(kept);
  const { scene, isLate } = useScene(graph, choices);
  const viewer = useRef<ShownViewer['viewer'] | null>(null);
  const wanted = useRef<string | null>(null);

  useLayoutEffect(() => {
    const step = wanted.current;
    if (step === null || !scene.byId.has(step)) return;
    wanted.current = null;
    viewer.current?.current?.reveal(step, true);
  }, [scene]);

  const toggle = useStable((step: string): void => {
    if (!scene.nesting.has(step)) return;
    viewer.current?.current?.hold(step);
    setChoices({ ...choices, [step]: scene.indexOf.has(step) });
  });
  return {
    choices,
    scene,
    isLate,
    toggle,
    toggleAll: (isExpanded) => setChoices(Object.fromEntries([...scene.nesting].map((id) => [id, isExpanded]))),
    show: (step) => {
      if (scene.byId.has(step)) return viewer.current?.current?.reveal(step, true);
      wanted.current = step;
      setChoices(expandTo(step, graph, choices));
    },
    follow: (shown) => void (viewer.current = shown.viewer),
  };
}
