import { t } from '../../webviews/protocol/words.ts';

/** A name without its namespace. */
export function toShortName(name: string): string {
  return name.slice(name.indexOf('/') + 1);
}

/** Seconds as people read them: `4 ms`, `1.2 s`, `2 min 05 s`. */
export function toDuration(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return t('{0} min {1} s', Math.floor(whole / 60), String(whole % 60).padStart(2, '0'));
}
