import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { newKey } from '../../../rde-agent/client/newKey.ts';
import type { ScheduleSummary } from '../../../rde-agent/protocol/documents.ts';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import type { UiContext } from '../context.ts';
import { withProgress } from '../progress.ts';
import { toScheduleText } from '../schedulesView.ts';
import { toDayAndTime } from '../times.ts';
import { askMissingParams } from './askParams.ts';
import type { CommandSurfaces } from './surfaces.ts';
import { isOfPanel, toWorkflowTarget } from './targets.ts';

type Change = 'start' | 'pause' | 'resume' | 'stop';

/** The states in which a change makes sense. */
const FITTING: { readonly [change in Change]: readonly ScheduleSummary['state'][] } = {
  start: ['declared'],
  pause: ['active'],
  resume: ['paused'],
  stop: ['active', 'paused'],
};

/** A row of the schedules, or a workflow. */
const NamedArgument = z.union([
  z.pipe(
    z.object({ schedule: z.object({ workflow: z.string() }) }),
    z.transform(({ schedule }) => schedule.workflow),
  ),
  z.pipe(
    z.object({ workflow: z.object({ name: z.string() }) }),
    z.transform(({ workflow }) => workflow.name),
  ),
]);

/** Runs a pushed workflow as it was last pushed. */
export async function triggerWorkflow(context: UiContext, argument: unknown, surfaces: CommandSurfaces): Promise<void> {
  const scheduled = z.object({ kind: z.literal('schedule') }).safeParse(argument).success ? NamedArgument.parse(argument) : undefined;
  if (scheduled !== undefined) return trigger(context, surfaces, scheduled, {});
  const { workflow } = await toWorkflowTarget(context, argument);
  await trigger(context, surfaces, workflow.name, await askMissingParams(workflow.params));
}

type Params = Awaited<ReturnType<typeof askMissingParams>>;

async function trigger(context: UiContext, { panels }: CommandSurfaces, workflow: string, params: Params): Promise<void> {
  const { run } = await withProgress(vscode.l10n.t('Cairn: triggering {0}', workflow), (signal) =>
    context.link.request('run.trigger', { workflow, params, key: newKey() }, signal),
  );
  panels.showRun(run);
}

/** Brings the view of schedules in front. */
export async function showSchedules(): Promise<void> {
  await vscode.commands.executeCommand('cairn.schedules.focus');
}

/** One command for each change, so that they have places in menus and keys. */
export function toScheduleCommand(change: Change) {
  return async (context: UiContext, argument: unknown, { views }: CommandSurfaces): Promise<void> => {
    const named = NamedArgument.safeParse(argument).data;
    const workflow = named === undefined || isOfPanel(argument) ? await askSchedule(context, change, named) : named;
    const { schedules } = await context.link.request('schedule.change', { workflow, change, key: newKey() });
    views.refreshSchedules();
    const text = toChangedText(
      workflow,
      schedules.find((one) => one.workflow === workflow),
    );
    void vscode.window.showInformationMessage(text);
  };
}

/** One of those that the change makes sense for: that of the workflow `atHand`, if it is one of them. */
async function askSchedule(context: UiContext, change: Change, atHand: string | undefined): Promise<string> {
  const { schedules } = await context.link.request('schedule.list', {});
  const fitting = schedules.filter(({ state }) => FITTING[change].includes(state));
  if (fitting.length === 0) throw toNoneError(schedules.length);
  if (atHand !== undefined && fitting.some(({ workflow }) => workflow === atHand)) return atHand;
  const chosen = await vscode.window.showQuickPick(fitting.map(toItem), { title: vscode.l10n.t('Which schedule?'), matchOnDetail: true });
  if (chosen === undefined) throw new CairnError('cancelled', 'Cancelled.');
  return chosen.label;
}

function toNoneError(count: number): CairnError {
  if (count > 0) {
    const message = vscode.l10n.t('No schedule is in a state for that.');
    return new CairnError('unknown-workflow', message, { next: vscode.l10n.t('Look at them with “Cairn: Show Schedules”.') });
  }
  const next = vscode.l10n.t('Write “schedule:” in a workflow, then push.');
  return new CairnError('unknown-workflow', vscode.l10n.t('No pushed workflow has a schedule.'), { next });
}

function toItem({ workflow, state, cron, timezone, next }: ScheduleSummary) {
  const times = next.map(toDayAndTime).join(' · ');
  const detail = state === 'active' ? vscode.l10n.t('next: {0}', times) : times;
  return { label: workflow, description: `${toScheduleText(state)} · ${cron} ${timezone}`, detail };
}

function toChangedText(workflow: string, now: ScheduleSummary | undefined): string {
  const next = now?.state === 'active' ? now.next[0] : undefined;
  const state = now === undefined ? vscode.l10n.t('stopped') : toScheduleText(now.state);
  return next === undefined
    ? vscode.l10n.t('The schedule of {0} is {1}.', workflow, state)
    : vscode.l10n.t('The schedule of {0} is {1}; next: {2}.', workflow, state, toDayAndTime(next));
}
