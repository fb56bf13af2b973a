import * as vscode from 'vscode';
import type { UiContext } from '../context.ts';
import { attempt } from '../errors.ts';
import { openAgentLog, startAgent } from './agent.ts';
import { build, push } from './build.ts';
import { compareRuns } from './compare.ts';
import { lockEnvironments, syncEnvironments } from './environments.ts';
import { forkRun } from './fork.ts';
import { cloneRun, rerunFromStep, rerunRun } from './rerun.ts';
import { showSchedules, toScheduleCommand, triggerWorkflow } from './schedules.ts';
import { initWorkspace, newModule, newWorkflow } from './scaffold.ts';
import { cancelRun, planWorkflow, runWorkflow } from './run.ts';
import { showGraph, showLog, showRun } from './show.ts';
import type { CommandSurfaces } from './surfaces.ts';
import { showUses, showWhy } from './why.ts';

type Command = (context: UiContext, argument: unknown, surfaces: CommandSurfaces) => Promise<void>;

const COMMANDS: { readonly [id: string]: { readonly title: string; readonly command: Command } } = {
  'cairn.init': { title: 'Initialize Workspace', command: initWorkspace },
  'cairn.newModule': { title: 'New Module', command: newModule },
  'cairn.newWorkflow': { title: 'New Workflow', command: newWorkflow },
  'cairn.build': { title: 'Build', command: build },
  'cairn.push': { title: 'Push', command: push },
  'cairn.run': { title: 'Run', command: runWorkflow },
  'cairn.plan': { title: 'Plan', command: planWorkflow },
  'cairn.cancel': { title: 'Cancel', command: cancelRun },
  'cairn.showGraph': { title: 'Show Graph', command: showGraph },
  'cairn.showRun': { title: 'Show Run', command: showRun },
  'cairn.showLog': { title: 'Show Log', command: showLog },
  'cairn.rerun': { title: 'Run Again', command: rerunRun },
  'cairn.rerunFrom': { title: 'Run Again from Step', command: rerunFromStep },
  'cairn.clone': { title: 'Clone Run', command: cloneRun },
  'cairn.fork': { title: 'Fork', command: forkRun },
  'cairn.compareRuns': { title: 'Compare Runs', command: compareRuns },
  'cairn.why': { title: 'Why Did It Run?', command: showWhy },
  'cairn.showUses': { title: 'Show Uses', command: showUses },
  'cairn.trigger': { title: 'Trigger', command: triggerWorkflow },
  'cairn.showSchedules': { title: 'Show Schedules', command: showSchedules },
  'cairn.startSchedule': { title: 'Start Schedule', command: toScheduleCommand('start') },
  'cairn.pauseSchedule': { title: 'Pause Schedule', command: toScheduleCommand('pause') },
  'cairn.resumeSchedule': { title: 'Resume Schedule', command: toScheduleCommand('resume') },
  'cairn.stopSchedule': { title: 'Stop Schedule', command: toScheduleCommand('stop') },
  'cairn.lockEnvironments': { title: 'Lock Environments', command: lockEnvironments },
  'cairn.syncEnvironments': { title: 'Sync Environments', command: syncEnvironments },
  'cairn.startAgent': { title: 'Start Agent', command: startAgent },
  'cairn.openAgentLog': { title: 'Open Agent Log', command: openAgentLog },
};

/** Every command of the manifest. A failure is one notification; see errors.ts. */
export function registerCommands(context: UiContext, surfaces: CommandSurfaces): void {
  for (const [id, { title, command }] of Object.entries(COMMANDS)) {
    const run = (argument: unknown): Promise<void> =>
      attempt(context.log, vscode.l10n.t(title), () => command(context, argument, surfaces));
    context.extension.subscriptions.push(vscode.commands.registerCommand(id, run));
  }
}
