import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { RunSummary } from '../../../rde-agent/protocol/documents.ts';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import type { UiContext } from '../context.ts';
import { toStateText } from '../stateIcons.ts';
import { toDuration } from '../texts.ts';
import { toTime } from '../times.ts';
import { toDescription } from '../tooltips.ts';
import type { CommandSurfaces } from './surfaces.ts';
import { toRunTarget } from './targets.ts';

/** Which runs, where both are known already. */
const Both = z.object({ before: z.string(), after: z.string() });

/** In what two runs differ: the one at hand and another, that of the same workflow first. The earlier one is what was before. */
export async function compareRuns(context: UiContext, argument: unknown, { panels }: CommandSurfaces): Promise<void> {
  const { data } = Both.safeParse(argument);
  if (data !== undefined) return panels.showComparison(data);
  const { run } = await toRunTarget(context, argument, () => true);
  const other = await askOther(context, run);
  // Ids of runs begin with the time of their submit.
  const [before, after] = other < run ? [other, run] : [run, other];
  panels.showComparison({ before, after });
}

async function askOther(context: UiContext, run: string): Promise<string> {
  const { runs } = await context.link.request('run.list', { limit: 200 });
  const workflow = runs.find((one) => one.run === run)?.workflow;
  const others = runs.filter((one) => one.run !== run);
  const sorted = [...others.filter((one) => one.workflow === workflow), ...others.filter((one) => one.workflow !== workflow)];
  if (sorted.length === 0) {
    throw new CairnError('unknown-run', vscode.l10n.t('There is no other run to compare it with.'), {
      next: vscode.l10n.t('Start a run with “Cairn: Run”.'),
    });
  }
  const chosen = await vscode.window.showQuickPick(sorted.map(toItem), { placeHolder: vscode.l10n.t('Compare with which run?') });
  if (chosen === undefined) throw new CairnError('cancelled', 'Cancelled.');
  return chosen.run;
}

function toItem({ run, workflow, state, started, seconds, by }: RunSummary) {
  const detail = `${toTime(started)}, ${toDuration(seconds)}, ${by}`;
  return { label: workflow, description: toDescription(toStateText(state), run.slice(0, 13)), detail, run };
}
