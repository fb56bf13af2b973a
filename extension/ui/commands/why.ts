import * as vscode from 'vscode';
import { z } from 'zod';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import type { UiContext } from '../context.ts';
import type { CommandSurfaces } from './surfaces.ts';
import { readRunArgument, toModuleArgument, toWorkspaceTarget, type RunTarget } from './targets.ts';

const UsesArgument = z.object({ uri: z.string(), position: z.object({ line: z.int(), character: z.int() }) });

/** Why a step ran or was reused: that of a tree item, else the newest one of the module at hand. */
export async function showWhy(context: UiContext, argument: unknown, { panels }: CommandSurfaces): Promise<void> {
  const given = readRunArgument(argument);
  const { run, step } = given?.step === undefined ? await findNewest(context, argument) : given;
  const { decision, reasons } = await context.link.request('run.why', { run, step: step ?? '' });
  const text = `${step ?? ''}: ${decision}${reasons.length === 0 ? '' : ` · ${reasons.map(({ message }) => message).join(' · ')}`}`;
  const show = vscode.l10n.t('Show Run');
  if ((await vscode.window.showInformationMessage(text, show)) === show) panels.showRun(run);
}

/** The newest run with a task of the module. Throws `unknown-run`. */
async function findNewest(context: UiContext, argument: unknown): Promise<RunTarget> {
  const target = await toWorkspaceTarget(context, argument);
  const module = toModuleArgument(target, argument ?? vscode.window.activeTextEditor?.document.uri);
  const using = target.view.workflows.filter((workflow) => workflow.steps.some((step) => step.name === module));
  const { runs } = await context.link.request('run.list', { limit: 100 });
  for (const { run } of runs.filter(({ workflow }) => using.some(({ name }) => name === workflow)).slice(0, 10)) {
    const { steps } = await context.link.request('run.show', { run });
    const step = steps.find((one) => one.module === module && one.decision !== null);
    if (step !== undefined) return { run, step: step.step };
  }
  throw new CairnError('unknown-run', `${module ?? 'This module'} has not run yet.`, { next: 'Start a run with “Cairn: Run”.' });
}

/** The workflows that use the module of an entry function, in the editor's own list of references. */
export async function showUses(_context: UiContext, argument: unknown): Promise<void> {
  const { data } = UsesArgument.safeParse(argument);
  if (data === undefined) return;
  const uri = vscode.Uri.parse(data.uri);
  const position = new vscode.Position(data.position.line, data.position.character);
  const all = await vscode.commands.executeCommand<vscode.Location[]>('vscode.executeReferenceProvider', uri, position);
  const uses = all.filter((one) => /\.workflow\.yaml$/.test(one.uri.path));
  await vscode.commands.executeCommand('editor.action.showReferences', uri, position, uses);
}
