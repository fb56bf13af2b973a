import type { Command } from 'commander';
import type { AddAction } from '../addAction.ts';
import type { changeSchedule } from './schedule.ts';

const CHANGES: readonly (readonly [change: Parameters<typeof changeSchedule>[2], description: string])[] = [
  ['start', 'fire it from now on; a push alone only declares it'],
  ['stop', 'fire it no more, and drop what waits'],
  ['pause', 'fire it no more until it is resumed; what passes meanwhile is missed'],
  ['resume', 'fire it again, from now on'],
];

/** Commands about schedules. WORKFLOW is the name of a pushed workflow, or the last part of it. */
export function addScheduleCommands(program: Command, addAction: AddAction): void {
  const schedule = program.command('schedule').description('list, start, pause and stop the schedules of pushed workflows');
  schedule.addHelpText('after', '\nExample:\n  cairn schedule start flights/nightly');
  const list = schedule.command('list').description('list all schedules');
  addAction(list, async (context) => (await import('./schedule.ts')).listSchedules(context)).addHelpText(
    'after',
    '\nExample:\n  cairn schedule list',
  );
  const show = schedule.command('show <workflow>').description('show a schedule with its next five fire times');
  addAction(show, async (context, workflow: string) => (await import('./schedule.ts')).showSchedule(context, workflow)).addHelpText(
    'after',
    '\nExample:\n  cairn schedule show flights/retrain --json',
  );
  for (const [change, description] of CHANGES) {
    const command = schedule.command(`${change} <workflow>`).description(description);
    addAction(command, async (context, workflow: string) =>
      (await import('./schedule.ts')).changeSchedule(context, workflow, change),
    ).addHelpText('after', `\nExample:\n  cairn schedule ${change} flights/retrain`);
  }
}
