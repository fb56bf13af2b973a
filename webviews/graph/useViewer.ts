import { useLayoutEffect, useRef, useState, type RefObject } from 'react';
import type { Camera } from './drawing/camera.ts';
import { Viewer, type Near, type ViewerContent } from './drawing/viewer.ts';
import { useStable } from './useStable.ts';

/** Elements that a viewer draws into. */
export interface GraphElements {
  readonly frame: RefObject<HTMLDivElement | null>;
  readonly plane: RefObject<HTMLDivElement | null>;
  readonly front: RefObject<HTMLCanvasElement | null>;
  readonly back: RefObject<HTMLCanvasElement | null>;
}

export interface ShownViewer {
  readonly viewer: RefObject<Viewer | null>;
  readonly near: Near;
}

/** A viewer for as long as the elements are there; what it shows follows `content` before the page is painted. */
export function useViewer(
  { frame, plane, front, back }: GraphElements,
  { scene, looks, focus, selected }: ViewerContent,
  opening: Camera | null,
  onRest: (camera: Camera) => void,
): ShownViewer {
  const viewer = useRef<Viewer | null>(null);
  const [near, onNear] = useState<Near>(new Set());
  const tell = useStable(onRest);
  const first = useRef(opening);

  useLayoutEffect(() => {
    if (frame.current === null || plane.current === null || front.current === null || back.current === null) return undefined;
    const elements = { frame: frame.current, plane: plane.current, front: front.current, back: back.current };
    const made = new Viewer(elements, first.current, { onNear, onRest: tell });
    viewer.current = made;
    return () => {
      viewer.current = null;
      made.dispose();
    };
  }, [frame, plane, front, back, tell]);

  useLayoutEffect(() => viewer.current?.show({ scene, looks, focus, selected }), [scene, looks, focus, selected]);
  return { viewer, near };
}
