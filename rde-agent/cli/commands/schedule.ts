import { newKey } from '../../client/newKey.ts';
import type { ScheduleSummary, SchedulesDocument } from '../../protocol/documents.ts';
import type { ParamsOf } from '../../protocol/operations.ts';
import type { CommandContext } from '../commandContext.ts';
import { toTable } from '../table.ts';

/** All of them, as a table. */
export async function listSchedules(context: CommandContext): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('schedule.list', {}, context.interrupted);
  context.answer(document, () => toListText(document));
  return 0;
}

/** One, with its next fire times. */
export async function showSchedule(context: CommandContext, workflow: string): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('schedule.list', { workflow }, context.interrupted);
  context.answer(document, () => document.schedules.map(toText).join('\n'));
  return 0;
}

export async function changeSchedule(
  context: CommandContext,
  workflow: string,
  change: ParamsOf<'schedule.change'>['change'],
): Promise<number> {
  const agent = await context.agent();
  const document = await agent.request('schedule.change', { workflow, change, key: newKey() }, context.interrupted);
  context.answer(document, () => document.schedules.map(toText).join('\n'));
  return 0;
}

function toListText({ schedules }: SchedulesDocument): string {
  if (schedules.length === 0) return 'no schedules: a pushed workflow with `schedule:` has one\n';
  const rows = schedules.map((schedule) => [
    schedule.workflow,
    schedule.state,
    `${schedule.cron} ${schedule.timezone}`,
    schedule.state === 'active' ? (schedule.next[0] ?? 'never') : '',
    toLast(schedule),
  ]);
  return toTable([['WORKFLOW', 'STATE', 'SCHEDULE', 'NEXT', 'LAST'], ...rows]);
}

function toText(schedule: ScheduleSummary): string {
  const { workflow, state, cron, timezone, catchUp, overlap, next, queued } = schedule;
  const times = next.length === 0 ? ['never'] : next;
  const would = state === 'active' ? 'next' : 'would fire';
  return toTable([
    ['workflow', workflow],
    ['state', state === 'declared' ? `declared: start it with \`cairn schedule start ${workflow}\`` : state],
    ['schedule', `${cron} ${timezone}`],
    ['catch-up', catchUp],
    ['overlap', overlap],
    ['last', toLast(schedule) || 'never'],
    ...(queued === 0 ? [] : [['waiting', String(queued)]]),
    ...times.map((time, index) => [index === 0 ? would : '', toTimes(time, timezone)]),
  ]);
}

function toLast({ last }: ScheduleSummary): string {
  return last === null ? '' : `${last.nominalTime} ${last.state} ${last.run}`;
}

/** In UTC, and what clocks show in the schedule's own zone. */
function toTimes(time: string, timezone: string): string {
  if (time === 'never' || timezone === 'UTC') return time;
  const local = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone, dateStyle: 'short', timeStyle: 'medium' });
  return `${time}  (${local.format(new Date(time))})`;
}
