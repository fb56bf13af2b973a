import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import type { UiContext } from '../context.ts';
import type { CommandSurfaces } from './surfaces.ts';
import { toRunTarget } from './targets.ts';

/** What panels, trees and the graph pass: an output of a task. */
const OutputArgument = z.object({ kind: z.literal('output'), run: z.string(), task: z.object({ id: z.string() }), port: z.string() });

/** The content of an output; from the palette, or of a run or task, a person chooses which. */
export async function showOutput(context: UiContext, argument: unknown, { panels }: CommandSurfaces): Promise<void> {
  const { data } = OutputArgument.safeParse(argument);
  if (data !== undefined) return panels.showOutput({ run: data.run, step: data.task.id, port: data.port });
  const { run, step: only } = await toRunTarget(context, argument, () => true);
  const { steps } = await context.link.request('run.show', { run });
  const items = steps
    .filter((one) => only === undefined || one.step === only)
    .flatMap((one) => Object.entries(one.outputs).map(([port, { type, rows }]) => toItem(one.step, port, type, rows)));
  const [first] = items;
  if (first === undefined) {
    throw new CairnError('unknown-step', vscode.l10n.t('Nothing of this run has given an output.'), {
      next: vscode.l10n.t('Choose another run, or wait until a step is done.'),
    });
  }
  const chosen =
    items.length === 1
      ? first
      : await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which output?'), matchOnDescription: true });
  if (chosen !== undefined) panels.showOutput({ run, step: chosen.step, port: chosen.port });
}

function toItem(step: string, port: string, type: string, rows: number) {
  return { label: step, description: port, detail: type === 'table' ? vscode.l10n.t('table of {0} rows', rows) : type, step, port };
}
