import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { RunStepDocument, WhyDocument } from '../../../rde-agent/protocol/documents.ts';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import { toChangeText, toPlaceText } from '../../../webviews/protocol/reasonTexts.ts';
import type { UiContext } from '../context.ts';
import { toPlainText } from '../logText.ts';
import { openPlace, toPlaceArgument, type PlaceArgument } from '../plans/reasonPlaces.ts';
import { toDecisionText, toStateText } from '../stateIcons.ts';
import { toDescription } from '../tooltips.ts';
import { orCancel } from './orCancel.ts';
import type { CommandSurfaces } from './surfaces.ts';
import { readRunArgument, toModuleArgument, toWorkspaceTarget } from './targets.ts';

const UsesArgument = z.object({ uri: z.string(), position: z.object({ line: z.int(), character: z.int() }) });

/**
 * Why a step ran or was reused: that of a tree item, one of the run at hand, else the newest one of the module at hand. A reason leads to the line
 * that it names.
 */
export async function showWhy(context: UiContext, argument: unknown, { panels }: CommandSurfaces): Promise<void> {
  const { run, step } = await findStep(context, argument);
  const why = await context.link.request('run.why', { run, step });
  const root = await findRoot(context, run);
  const items = [...toItems(why, root), { label: vscode.l10n.t('$(output) Show Run'), place: undefined }];
  const title = vscode.l10n.t('Why was {0} {1}?', why.step, toOutcomeText(why.decision));
  const chosen = await vscode.window.showQuickPick(items, {
    title,
    placeHolder: vscode.l10n.t('A reason leads to the line that it names'),
  });
  if (chosen?.place !== undefined) await openPlace(context, chosen.place);
  else if (chosen !== undefined) panels.showRun(run);
}

function toOutcomeText(decision: WhyDocument['decision']): string {
  switch (decision) {
    case 'executed':
    case 'reused':
      return toDecisionText(decision);
    case 'waiting':
      return vscode.l10n.t('waiting');
    case 'skipped':
    case 'cancelled':
    case 'failed':
      return toStateText(decision);
  }
}

interface ReasonItem extends vscode.QuickPickItem {
  readonly place: PlaceArgument | undefined;
}

function toItems({ reasons }: WhyDocument, root: string | undefined): readonly ReasonItem[] {
  return reasons.map((reason) => {
    const [change, place] = [toChangeText(reason), toPlaceText(reason)];
    return {
      label: toPlainText(reason.message),
      ...(place === undefined ? {} : { description: place }),
      ...(change === undefined ? {} : { detail: toPlainText(change) }),
      place: root === undefined ? undefined : toPlaceArgument(root, reason),
    };
  });
}

/** The open workspace that the run's workflow is of. */
async function findRoot(context: UiContext, run: string): Promise<string | undefined> {
  const { link, roots } = context;
  const { workflow } = await link.request('run.show', { run });
  return roots.all.find((root) => link.workspace(root)?.workflows.some(({ name }) => name === workflow)) ?? (await roots.current());
}

interface StepTarget {
  readonly run: string;
  readonly step: string;
}

async function findStep(context: UiContext, argument: unknown): Promise<StepTarget> {
  const given = readRunArgument(argument);
  if (given === undefined) return findNewest(context, argument);
  return { run: given.run, step: given.step ?? (await askStep(context, given.run)) };
}

/** What failed and what ran come first: that is what people wonder about. Throws `cancelled`. */
async function askStep(context: UiContext, run: string): Promise<string> {
  const { steps } = await context.link.request('run.show', { run });
  const rank = ({ state, decision }: RunStepDocument): number => (state === 'failed' ? 0 : decision === 'executed' ? 1 : 2);
  const items = steps
    .toSorted((one, other) => rank(one) - rank(other))
    .map((one) => ({ label: one.step, description: toDescription(toStateText(one.state), toDecisionText(one.decision)) }));
  return orCancel(
    await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Why did it run?'), placeHolder: vscode.l10n.t('Which step?') }),
  ).label;
}

/** The newest run with a task of the module. Throws `unknown-run`. */
async function findNewest(context: UiContext, argument: unknown): Promise<StepTarget> {
  const target = await toWorkspaceTarget(context, argument);
  const module = toModuleArgument(target, argument ?? vscode.window.activeTextEditor?.document.uri);
  const using = target.view.workflows.filter((workflow) => workflow.steps.some((step) => step.name === module));
  const { runs } = await context.link.request('run.list', { limit: 100 });
  for (const { run } of runs.filter(({ workflow }) => using.some(({ name }) => name === workflow)).slice(0, 10)) {
    const { steps } = await context.link.request('run.show', { run });
    const step = steps.find((one) => one.module === module && one.decision !== null);
    if (step !== undefined) return { run, step: step.step };
  }
  throw new CairnError(
    'unknown-run',
    module === undefined ? vscode.l10n.t('No module is at hand.') : vscode.l10n.t('{0} has not run yet.', module),
    { next: vscode.l10n.t('Start a run with “Cairn: Run”.') },
  );
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
