import { Cron } from 'croner';
import { t } from '../model/words.ts';
import type { GrammarReading } from './grammar.ts';

/** Any moment would do: what it is compared with is only whether something follows. No clock is read. */
const SOME_DAY = new Date('2024-01-01T00:00:00Z');

/** Five or six fields that fire at some time. */
export function parseCron(text: string): GrammarReading<{ readonly value: string }> {
  const span = { start: 0, end: text.length };
  const fields = text.trim().split(/\s+/);
  if (fields.length < 5 || fields.length > 6) {
    const count = text.trim() === '' ? 0 : fields.length;
    const message = t`A schedule has five fields (minute hour day month weekday) or six (with seconds first), not ${count}: \`0 3 * * *\` is every day at 03:00.`;
    return { kind: 'bad', message, span };
  }
  try {
    const next = new Cron(text, { paused: true, timezone: 'UTC' }).nextRun(SOME_DAY);
    if (next !== null) return { kind: 'ok', value: text };
    return { kind: 'bad', message: t`\`${text}\` never fires: no day is like that.`, span };
  } catch (error) {
    // The library refuses patterns by throwing; its words name the field.
    const reason = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error);
    return { kind: 'bad', message: t`\`${text}\` is no schedule: ${reason.replace(/\.$/, '')}.`, span };
  }
}

const NICKNAMES: { readonly [name: string]: string } = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

/** The fields of what other schedulers call `@daily`; `undefined` = none of those. */
export function toCronFields(text: string): string | undefined {
  const name = text.trim().toLowerCase();
  return Object.hasOwn(NICKNAMES, name) ? NICKNAMES[name] : undefined;
}

/** Whether the runtime knows an IANA zone of this name. */
export function isTimeZone(name: string): boolean {
  // Offsets such as `+02:00` are accepted by the runtime, but know no summer time and are no zones.
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    // A RangeError is how the runtime says that it does not know the zone.
    return false;
  }
}
