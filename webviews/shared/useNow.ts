import { useEffect, useState } from 'react';

const TICK_MILLISECONDS = 500;

/** The wall clock while `running`, for durations that grow before one's eyes; stands still otherwise. */
export function useNow(running: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => setNow(Date.now()), TICK_MILLISECONDS);
    return () => clearInterval(timer);
  }, [running]);
  return now;
}
