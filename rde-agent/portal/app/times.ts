import { t } from '../../../webviews/protocol/words.ts';

const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** `just now`, `5 min ago`, `3 h ago`; what is older than a day by its date. */
export function toAgo(time: string, now: number): string {
  const seconds = (now - Date.parse(time)) / 1000;
  if (seconds < MINUTE) return t('just now');
  if (seconds < HOUR) return t('{0} min ago', Math.floor(seconds / MINUTE));
  return seconds < DAY ? t('{0} h ago', Math.floor(seconds / HOUR)) : toMoment(time);
}

/** In the words and the zone of whoever looks. */
export function toMoment(time: string): string {
  return new Date(time).toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'short' });
}
