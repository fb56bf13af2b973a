import * as vscode from 'vscode';
import { newKey } from '../../../rde-agent/client/newKey.ts';
import type { PlanDocument } from '../../../rde-agent/protocol/documents.ts';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import type { WorkflowView } from '../../../rde-agent/protocol/workspaceView.ts';
import { readRun } from '../../agent/planParams.ts';
import type { UiContext } from '../context.ts';
import { toTotalText } from '../plans/planTexts.ts';
import { withProgress } from '../progress.ts';
import { toShortName } from '../texts.ts';
import type { ParamValues } from './paramText.ts';
import type { CommandSurfaces } from './surfaces.ts';
import { toRunTarget, toWorkspaceTarget } from './targets.ts';

/** steps that are named before the rest is counted */
const NAMED = 8;

interface Fork {
  readonly root: string;
  readonly workflow: WorkflowView;
  readonly run: string;
  readonly from: string | undefined;
  readonly params: ParamValues;
}

/**
 * A run of what is saved now, on the results of an earlier run wherever they are still right; a step that is named runs whatever. What it
 * would run is shown before it begins.
 */
export async function forkRun(context: UiContext, argument: unknown, { panels }: CommandSurfaces): Promise<void> {
  const target = await toRunTarget(context, argument, () => true);
  const { run, from } = await toOutermost(context, target.run, target.step);
  const fork = await toFork(context, { run, from }, argument);
  const { root, workflow } = fork;
  const documents = await context.saved.settle(root);
  const request = { root, workflow: workflow.name, params: fork.params, fork: run, ...(from === undefined ? {} : { from }), documents };
  const plan = await withProgress(vscode.l10n.t('Cairn: planning the fork'), (signal) =>
    context.link.request('workspace.plan', request, signal),
  );
  if ((await confirm(plan, fork)) === 'plan') return panels.showGraph(root, workflow.file, plan);
  const started = await withProgress(vscode.l10n.t('Cairn: forking {0}', workflow.name), (signal) =>
    context.link.request('run.submit', { ...request, key: newKey() }, signal),
  );
  panels.showStarted(started.run, workflow.name, { root, file: workflow.file });
}

/** A run inside another is forked by forking the outermost one, from the path of the step: `check/score`. */
async function toOutermost(
  context: UiContext,
  run: string,
  task: string | undefined,
): Promise<{ readonly run: string; readonly from: string | undefined }> {
  let outer = run;
  let from = task === undefined ? undefined : toStepName(task);
  for (;;) {
    const { origin } = await context.link.request('run.show', { run: outer });
    if (origin?.kind !== 'nested' || origin.run === undefined || origin.task === undefined) return { run: outer, from };
    from = from === undefined ? toStepName(origin.task) : `${toStepName(origin.task)}/${from}`;
    outer = origin.run;
  }
}

/** Its workflow as it is saved now, with the parameters that the run had and the workflow still declares. */
async function toFork(context: UiContext, { run, from }: Pick<Fork, 'run' | 'from'>, argument: unknown): Promise<Fork> {
  const { workflow: name, params } = await readRun(context.link, run);
  const { root, view } = await toWorkspaceTarget(context, argument);
  const workflow = view.workflows.find((one) => one.name === name);
  if (workflow === undefined) {
    throw new CairnError('unknown-workflow', vscode.l10n.t('{0}, which that run ran, is not a workflow of this workspace.', name), {
      next: vscode.l10n.t('Open the workspace that defines it.'),
    });
  }
  const declared = new Set(workflow.params.map((param) => param.name));
  const given = Object.entries(params).filter(([param]) => declared.has(param));
  return { root, workflow, run, from, params: Object.fromEntries(given) as ParamValues };
}

/** Throws `cancelled`. */
async function confirm(plan: PlanDocument, { workflow, from }: Fork): Promise<'fork' | 'plan'> {
  const running = plan.steps.filter((step) => step.decision !== 'hit').map(({ step }) => step);
  const rest = running.length - NAMED;
  const named = running.slice(0, NAMED).join(', ') + (rest > 0 ? vscode.l10n.t(' and {0} more', rest) : '');
  const items = [
    { label: vscode.l10n.t('$(repo-forked) Fork'), detail: named === '' ? vscode.l10n.t('Nothing runs.') : named, choice: 'fork' as const },
    { label: vscode.l10n.t('$(checklist) Show the plan on the graph'), choice: 'plan' as const },
  ];
  const name = toShortName(workflow.name);
  const title = from === undefined ? vscode.l10n.t('Fork of {0}', name) : vscode.l10n.t('Fork of {0} from {1}', name, from);
  const chosen = await vscode.window.showQuickPick(items, { title, placeHolder: toTotalText(plan) });
  if (chosen === undefined) throw new CairnError('cancelled', 'Cancelled.');
  return chosen.choice;
}

/** `train[ridge]` → `train`: a fan-out runs again whole. */
function toStepName(task: string): string {
  return task.replaceAll(/\[[^\]]*\]/g, '');
}
