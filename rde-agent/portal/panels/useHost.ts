import { useEffect, useEffectEvent, useState } from 'react';
import type { Disposable } from '../../protocol/roles.ts';

/** A panel's host for as long as its page is shown; `null` before the first paint. `key` decides when it is another one. */
export function useHost<H extends Disposable>(key: string, make: () => H): H | null {
  const [host, setHost] = useState<H | null>(null);
  const begin = useEffectEvent(make);
  useEffect(() => {
    const made = begin();
    setHost(made);
    return () => {
      made.dispose();
      setHost(null);
    };
  }, [key]);
  return host;
}
