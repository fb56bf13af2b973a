import * as vscode from 'vscode';
import { newKey } from '../../../rde-agent/client/newKey.ts';
import type { ScheduleSummary } from '../../../rde-agent/protocol/documents.ts';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import type { UiContext } from '../context.ts';
import { withProgress } from '../progress.ts';
import type { CommandSurfaces } from './surfaces.ts';
import { toWorkflowTarget } from './targets.ts';

type Change = 'start' | 'pause' | 'resume' | 'stop';

/** What makes sense in each state; the first is the one that is most likely meant. */
const CHANGES: { readonly [state in ScheduleSummary['state']]: readonly Change[] } = {
  declared: ['start'],
  active: ['pause', 'stop'],
  paused: ['resume', 'stop'],
};

/** Runs a pushed workflow as it was last pushed. */
export async function triggerWorkflow(context: UiContext, argument: unknown, { panels }: CommandSurfaces): Promise<void> {
  const { workflow } = await toWorkflowTarget(context, argument);
  const { run } = await withProgress(vscode.l10n.t('Cairn: triggering {0}', workflow.name), (signal) =>
    context.link.request('run.trigger', { workflow: workflow.name, params: {}, key: newKey() }, signal),
  );
  panels.showRun(run);
}

/** The schedules of pushed workflows with their next fire times; choosing one offers what can be done with it. */
export async function showSchedules(context: UiContext): Promise<void> {
  const { schedules } = await context.link.request('schedule.list', {});
  if (schedules.length === 0) {
    throw new CairnError('unknown-workflow', 'No pushed workflow has a schedule.', { next: 'Write `schedule:` in a workflow, then push.' });
  }
  const chosen = await vscode.window.showQuickPick(schedules.map(toItem), { title: vscode.l10n.t('Schedules'), matchOnDetail: true });
  if (chosen === undefined) return;
  const changes = CHANGES[chosen.schedule.state];
  const change = await vscode.window.showQuickPick([...changes], { title: chosen.schedule.workflow });
  const found = changes.find((one) => one === change);
  if (found !== undefined) await changeTo(context, chosen.schedule.workflow, found);
}

function toItem(schedule: ScheduleSummary) {
  const next = schedule.next.map((time) => new Date(time).toLocaleString()).join(' · ');
  const detail = schedule.state === 'active' ? vscode.l10n.t('next: {0}', next) : next;
  return { label: schedule.workflow, description: `${schedule.state} · ${schedule.cron} ${schedule.timezone}`, detail, schedule };
}

/** One command for each change, so that they have places in menus and keys. */
export function toScheduleCommand(change: Change) {
  return async (context: UiContext, argument: unknown): Promise<void> => {
    const { workflow } = await toWorkflowTarget(context, argument);
    await changeTo(context, workflow.name, change);
  };
}

async function changeTo(context: UiContext, workflow: string, change: Change): Promise<void> {
  const { schedules } = await context.link.request('schedule.change', { workflow, change, key: newKey() });
  const now = schedules.find((one) => one.workflow === workflow);
  const next = now?.state === 'active' ? now.next[0] : undefined;
  const state = now?.state ?? vscode.l10n.t('stopped');
  const text =
    next === undefined
      ? vscode.l10n.t('The schedule of {0} is {1}.', workflow, state)
      : vscode.l10n.t('The schedule of {0} is {1}; next: {2}.', workflow, state, new Date(next).toLocaleString());
  void vscode.window.showInformationMessage(text);
}
