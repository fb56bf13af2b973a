import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { UiContext } from '../context.ts';
import { attempt } from '../errors.ts';
import { openAgentLog, startAgent } from './agent.ts';
import { build, push } from './build.ts';
import { compareRuns } from './compare.ts';
import { openExample } from './openExample.ts';
import { lockEnvironments, syncEnvironments } from './environments.ts';
import { forkRun } from './fork.ts';
import { filterRuns, showMoreRuns, toPinCommand } from './history.ts';
import { showLedger } from './ledger.ts';
import { openPortal } from './portal.ts';
import { cloneRun, rerunFromStep, rerunRun } from './rerun.ts';
import { showSchedules, toScheduleCommand, triggerWorkflow } from './schedules.ts';
import { initWorkspace, newModule, newWorkflow } from './scaffold.ts';
import { cancelRun, planWorkflow, runWorkflow } from './run.ts';
import { showGraph, showLog, showRun } from './show.ts';
import { showOutput } from './showOutput.ts';
import type { CommandSurfaces } from './surfaces.ts';
import { isOfPanel, readRunArgument } from './targets.ts';
import { moveTag, promoteModules, rollBack, showTags } from './tags.ts';
import { testModules } from './test.ts';
import { showUses, showWhy } from './why.ts';

type Command = (context: UiContext, argument: unknown, surfaces: CommandSurfaces) => Promise<void>;

/** What stands in front of a failure is the title that the manifest gives the command, in the language of the editor. */
const COMMANDS: { readonly [id: string]: Command } = {
  'cairn.init': initWorkspace,
  'cairn.openExample': openExample,
  'cairn.newModule': newModule,
  'cairn.newWorkflow': newWorkflow,
  'cairn.build': build,
  'cairn.test': testModules,
  'cairn.push': push,
  'cairn.run': runWorkflow,
  'cairn.plan': planWorkflow,
  'cairn.cancel': cancelRun,
  'cairn.showGraph': showGraph,
  'cairn.showRun': showRun,
  'cairn.showLog': showLog,
  'cairn.rerun': rerunRun,
  'cairn.rerunFrom': rerunFromStep,
  'cairn.clone': cloneRun,
  'cairn.fork': forkRun,
  'cairn.showOutput': showOutput,
  'cairn.compareRuns': (context, argument, surfaces) => compareRuns(context, toPair(surfaces, argument) ?? argument, surfaces),
  'cairn.filterRuns': filterRuns,
  'cairn.showMoreRuns': showMoreRuns,
  'cairn.pinRun': toPinCommand(true),
  'cairn.unpinRun': toPinCommand(false),
  'cairn.why': showWhy,
  'cairn.showUses': showUses,
  'cairn.showTags': showTags,
  'cairn.moveTag': moveTag,
  'cairn.promote': promoteModules,
  'cairn.rollback': rollBack,
  'cairn.showLedger': showLedger,
  'cairn.openPortal': openPortal,
  'cairn.trigger': triggerWorkflow,
  'cairn.showSchedules': showSchedules,
  'cairn.startSchedule': toScheduleCommand('start'),
  'cairn.pauseSchedule': toScheduleCommand('pause'),
  'cairn.resumeSchedule': toScheduleCommand('resume'),
  'cairn.stopSchedule': toScheduleCommand('stop'),
  'cairn.lockEnvironments': lockEnvironments,
  'cairn.syncEnvironments': syncEnvironments,
  'cairn.startAgent': startAgent,
  'cairn.openAgentLog': openAgentLog,
};

/** The two runs that are marked in the list, where nothing else was pointed at. */
function toPair({ views }: CommandSurfaces, argument: unknown): { readonly before: string; readonly after: string } | undefined {
  const [before, after, ...rest] = views.runs.selectedRuns;
  const named = readRunArgument(argument)?.run;
  if (before === undefined || after === undefined || rest.length > 0) return undefined;
  return argument === undefined || isOfPanel(argument) || named === before || named === after ? { before, after } : undefined;
}

/** Every command of the manifest; where nothing was pointed at, about what the panel in front is about. A failure is one notification; see errors.ts. */
export function registerCommands(context: UiContext, surfaces: CommandSurfaces): void {
  const titles = readTitles(context.extension.extension.packageJSON);
  for (const [id, command] of Object.entries(COMMANDS)) {
    const run = (argument: unknown): Promise<void> =>
      attempt(context.log, titles.get(id) ?? 'Cairn', () => command(context, argument ?? surfaces.panels.atHand, surfaces));
    context.extension.subscriptions.push(vscode.commands.registerCommand(id, run));
  }
}

const Manifest = z.object({ contributes: z.object({ commands: z.array(z.object({ command: z.string(), title: z.string() })) }) });

function readTitles(manifest: unknown): ReadonlyMap<string, string> {
  const { data } = Manifest.safeParse(manifest);
  return new Map(data?.contributes.commands.map(({ command, title }) => [command, title.replace(/…$/, '')]));
}
