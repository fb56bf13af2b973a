import { useCallback, useEffect, useState } from 'react';
import { parseRoute, toPath, type Route } from '../routes.ts';

/** The place that the address names (`undefined` = there is none such), and how to go to another. */
export function useRoute(): readonly [Route | undefined, (route: Route) => void] {
  const [path, setPath] = useState(window.location.pathname);
  useEffect(() => {
    const onMove = (): void => setPath(window.location.pathname);
    window.addEventListener('popstate', onMove);
    return () => window.removeEventListener('popstate', onMove);
  }, []);
  const go = useCallback((route: Route) => {
    const next = toPath(route);
    if (next !== window.location.pathname) window.history.pushState(null, '', next);
    setPath(next);
  }, []);
  return [parseRoute(path), go];
}
