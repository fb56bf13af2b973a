import * as vscode from 'vscode';
import type { UiContext } from '../context.ts';
import { attempt } from '../errors.ts';
import { PlanDecorations } from './planDecorations.ts';
import { PlanHovers } from './planHovers.ts';
import { PlanLenses } from './planLenses.ts';
import { OPEN_PLACE, openPlace } from './reasonPlaces.ts';
import type { ShownWorkflows } from './shownWorkflows.ts';

const DOCUMENTS: vscode.DocumentSelector = [
  { scheme: 'file', pattern: '**/*.workflow.{yaml,yml}' },
  { scheme: 'file', language: 'python' },
  { scheme: 'file', language: 'typescript' },
];

/** The plan of every save, drawn where the code is: behind steps, above functions, in hovers. Asks nothing before the agent is in use. */
export function registerPlans(context: UiContext, shown: ShownWorkflows): void {
  const { log, extension } = context;
  const lenses = new PlanLenses(shown);
  extension.subscriptions.push(
    lenses,
    new PlanDecorations(shown, (steps) => log.debug(`Plan drawn at ${steps} steps.`)),
    vscode.languages.registerCodeLensProvider(DOCUMENTS, lenses),
    vscode.languages.registerHoverProvider(DOCUMENTS, new PlanHovers(shown)),
    vscode.commands.registerCommand(OPEN_PLACE, (argument: unknown) =>
      attempt(log, vscode.l10n.t('Open'), () => openPlace(context, argument)),
    ),
  );
}
