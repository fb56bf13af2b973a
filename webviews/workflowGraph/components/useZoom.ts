import { select } from 'd3-selection';
import { zoom, zoomIdentity, type ZoomBehavior } from 'd3-zoom';
import { useCallback, useEffect, useRef, useState, type RefObject } from 'react';

const MARGIN = 24;
const LARGEST = 2;
const SMALLEST = 0.1;

export interface Zoom {
  /** CSS transform of the plane */
  readonly transform: string;
  zoomBy(factor: number): void;
  /** shows the whole graph, never larger than life */
  fit(): void;
}

/** Pan and zoom of `frame` by pointer, wheel and touch; fits when the size of the plane changes. */
export function useZoom(frame: RefObject<HTMLDivElement | null>, width: number, height: number): Zoom {
  const [transform, setTransform] = useState('none');
  const behavior = useRef<ZoomBehavior<HTMLDivElement, unknown> | null>(null);

  useEffect(() => {
    if (frame.current === null) return undefined;
    const made = zoom<HTMLDivElement, unknown>()
      .scaleExtent([SMALLEST, LARGEST])
      .on('zoom', ({ transform: { x, y, k } }: { readonly transform: { readonly x: number; readonly y: number; readonly k: number } }) =>
        setTransform(`translate(${x}px, ${y}px) scale(${k})`),
      );
    behavior.current = made;
    const selection = select(frame.current);
    selection.call(made).on('dblclick.zoom', null);
    return () => void selection.on('.zoom', null);
  }, [frame]);

  const fit = useCallback(() => {
    const element = frame.current;
    if (element === null || behavior.current === null || width === 0) return;
    const scale = Math.min(1, (element.clientWidth - 2 * MARGIN) / width, (element.clientHeight - 2 * MARGIN) / height);
    const k = Math.max(SMALLEST, scale);
    const x = (element.clientWidth - width * k) / 2;
    const y = Math.max(MARGIN, (element.clientHeight - height * k) / 2);
    behavior.current.transform(select(element), zoomIdentity.translate(x, y).scale(k));
  }, [frame, width, height]);

  useEffect(() => {
    fit();
    if (frame.current === null) return undefined;
    const observer = new ResizeObserver(fit);
    observer.observe(frame.current);
    return () => observer.disconnect();
  }, [fit, frame]);

  const zoomBy = useCallback(
    (factor: number) => {
      if (frame.current !== null) behavior.current?.scaleBy(select(frame.current), factor);
    },
    [frame],
  );
  return { transform, zoomBy, fit };
}
