import { useEffect, useState } from 'react';

/** milliseconds: ages are told in minutes */
const TICK = 15_000;

/** The wall clock, for ages: moves a few times a minute. */
export function useMinutes(): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), TICK);
    return () => clearInterval(timer);
  }, []);
  return now;
}
