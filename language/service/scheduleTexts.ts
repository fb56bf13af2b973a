import type { Schedule } from '../model/schedule.ts';
import { t } from '../model/words.ts';
import { nextFires } from './nextFires.ts';

const SHOWN = 5;

/** The next fire times in the schedule's own zone, oldest first; `now` is RFC 3339. */
export function toFireTexts(schedule: Schedule, now: string, count = SHOWN): readonly string[] {
  const { timezone } = schedule;
  return nextFires(schedule, now, count).map((time) => {
    const parts = new Intl.DateTimeFormat('en-GB', {
      timeZone: timezone,
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      timeZoneName: 'short',
    }).formatToParts(new Date(time));
    const part = (type: Intl.DateTimeFormatPartTypes): string => parts.find((one) => one.type === type)?.value ?? '';
    return `${part('weekday')} ${part('year')}-${part('month')}-${part('day')} ${part('hour')}:${part('minute')} ${part('timeZoneName')}`;
  });
}

export function describeSchedule(schedule: Schedule, now: string): string {
  const fires = toFireTexts(schedule, now);
  const list = fires.length === 0 ? t('It never fires again.') : fires.map((fire) => `- ${fire}`).join('\n');
  const rules = t`Missed times: \`${schedule.catchUp}\` · overlap: \`${schedule.overlap}\``;
  return t`**Schedule** \`${schedule.cron}\` in ${schedule.timezone}\n\n${rules}\n\nNext fire times:\n${list}`;
}
