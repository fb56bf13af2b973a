import { useCallback, useLayoutEffect, useRef } from 'react';

/** The same function for the whole life of a component, which does what the newest one given does. For handlers, not for rendering. */
export function useStable<A extends readonly unknown[], R>(act: (...args: A) => R): (...args: A) => R {
  const latest = useRef(act);
  useLayoutEffect(() => {
    latest.current = act;
  });
  return useCallback((...args: A) => latest.current(...args), []);
}
