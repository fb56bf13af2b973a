import { useEffect, useRef, type RefObject } from 'react';

/** Names a control. When it comes into the page it names itself after its text, or after its kind: what we say has to be said again. */
export function useSpokenName(name: string): RefObject<HTMLElement | null> {
  const ref = useRef<HTMLElement>(null);
  useEffect(() => ref.current?.setAttribute('aria-label', name), [name]);
  return ref;
}
