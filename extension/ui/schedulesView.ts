import * as vscode from 'vscode';
import type { ScheduleSummary } from '../../rde-agent/protocol/documents.ts';
import type { UiContext } from './context.ts';
import { createListTree, type ListTree } from './listTree.ts';
import { toIcon, toStateIcon, toStateText } from './stateIcons.ts';
import { toDayAndTime, toTime } from './times.ts';
import { toDescription, toTooltip } from './tooltips.ts';

export type ScheduleNode =
  | { readonly kind: 'schedule'; readonly schedule: ScheduleSummary }
  | { readonly kind: 'last'; readonly schedule: ScheduleSummary; readonly last: NonNullable<ScheduleSummary['last']> }
  | { readonly kind: 'next'; readonly schedule: ScheduleSummary; readonly at: string };

const ICONS: { readonly [state in ScheduleSummary['state']]: readonly [icon: string, colour?: string] } = {
  declared: ['circle-large-outline'],
  active: ['clock', 'testing.iconPassed'],
  paused: ['debug-pause', 'list.warningForeground'],
};

/** Schedules of pushed workflows: the last run and the next five times. */
export function createSchedulesView(context: UiContext): ListTree<ScheduleNode> {
  return createListTree<readonly ScheduleSummary[], ScheduleNode>(context, {
    id: 'cairn.schedules',
    ask: async () => (await context.link.request('schedule.list', {})).schedules,
    toRoots: (schedules) => schedules.map((schedule) => ({ kind: 'schedule', schedule })),
    toChildren,
    toParent: (node) => (node.kind === 'schedule' ? undefined : { kind: 'schedule', schedule: node.schedule }),
    toItem,
    changes: [],
    follow: (listener) => context.link.followSchedules(listener),
    oldAt: toSoonest,
  });
}

/** A fire time that passes is no change that the agent tells: those of one that is not active pass without a run. */
function toSoonest(schedules: readonly ScheduleSummary[]): number | undefined {
  const times = schedules.flatMap(({ next }) => next.slice(0, 1)).map((time) => Date.parse(time));
  return times.length === 0 ? undefined : Math.min(...times) + 1000;
}

function toChildren(node: ScheduleNode): readonly ScheduleNode[] {
  if (node.kind !== 'schedule') return [];
  const { schedule } = node;
  return [
    ...(schedule.last === null ? [] : [{ kind: 'last' as const, schedule, last: schedule.last }]),
    ...schedule.next.map((at) => ({ kind: 'next' as const, schedule, at })),
  ];
}

function toItem(node: ScheduleNode): vscode.TreeItem {
  switch (node.kind) {
    case 'schedule':
      return toScheduleItem(node.schedule);
    case 'last':
      return toLastItem(node.schedule, node.last);
    case 'next':
      return toNextItem(node.schedule, node.at);
  }
}

function toScheduleItem(schedule: ScheduleSummary): vscode.TreeItem {
  const { workflow, state, cron, timezone, queued } = schedule;
  const item = new vscode.TreeItem(workflow, vscode.TreeItemCollapsibleState.Collapsed);
  const waiting = queued === 0 ? '' : vscode.l10n.t('{0} waiting', queued);
  item.id = workflow;
  item.description = toDescription(toScheduleText(state), `${cron} ${timezone}`, waiting);
  item.iconPath = toIcon(...ICONS[state]);
  item.contextValue = `schedule.${state}`;
  item.tooltip = toScheduleTooltip(schedule);
  item.accessibilityInformation = { label: `${workflow}, ${item.description}` };
  return item;
}

function toScheduleTooltip({ workflow, state, cron, timezone, catchUp, overlap, next }: ScheduleSummary): vscode.MarkdownString {
  const [soonest] = next;
  return toTooltip(
    workflow,
    [
      [vscode.l10n.t('State'), toScheduleText(state)],
      [vscode.l10n.t('When'), `${cron} ${timezone}`],
      [vscode.l10n.t('Next'), soonest === undefined || state !== 'active' ? '' : toDayAndTime(soonest)],
      [vscode.l10n.t('Missed times'), catchUp],
      [vscode.l10n.t('When one still runs'), overlap],
    ],
    [state === 'declared' ? vscode.l10n.t('It was pushed with a schedule that nobody has started.') : ''],
  );
}

/** A state of a schedule as people read it. */
export function toScheduleText(state: ScheduleSummary['state']): string {
  switch (state) {
    case 'declared':
      return vscode.l10n.t('not started');
    case 'active':
      return vscode.l10n.t('active');
    case 'paused':
      return vscode.l10n.t('paused');
  }
}

function toLastItem({ workflow }: ScheduleSummary, { nominalTime, run, state }: NonNullable<ScheduleSummary['last']>): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Last run'));
  item.id = `${workflow}#last`;
  item.description = toDescription(toStateText(state), toTime(nominalTime));
  item.iconPath = toStateIcon(state);
  item.contextValue = 'lastRun';
  item.tooltip = toTooltip(workflow, [
    [vscode.l10n.t('State'), toStateText(state)],
    [vscode.l10n.t('For'), toTime(nominalTime)],
    [vscode.l10n.t('Run'), run],
  ]);
  item.command = { command: 'cairn.showRun', title: vscode.l10n.t('Show Run'), arguments: [{ kind: 'run', run: { run } }] };
  item.accessibilityInformation = { label: `${vscode.l10n.t('Last run')}, ${item.description}` };
  return item;
}

/** Of one that is not active: when it would be. */
function toNextItem({ workflow, state }: ScheduleSummary, at: string): vscode.TreeItem {
  const item = new vscode.TreeItem(toDayAndTime(at));
  item.id = `${workflow}#${at}`;
  const note = state === 'active' ? '' : vscode.l10n.t('if it were active');
  item.tooltip = toTooltip(toDayAndTime(at), [], [note]);
  item.iconPath = toIcon('calendar', state === 'active' ? undefined : 'disabledForeground');
  item.contextValue = 'fireTime';
  item.accessibilityInformation = { label: toDescription(vscode.l10n.t('Next: {0}', toDayAndTime(at)), note) };
  return item;
}
