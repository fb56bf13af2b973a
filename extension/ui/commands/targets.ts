import { join, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import * as z from 'zod/mini';
import { CairnError } from '../../../rde-agent/protocol/errors.ts';
import type { RunSummary } from '../../../rde-agent/protocol/documents.ts';
import type { WorkflowView, WorkspaceView } from '../../../rde-agent/protocol/workspaceView.ts';
import { findModuleOf } from '../../agent/concernedWorkflows.ts';
import type { UiContext } from '../context.ts';
import { toStateText } from '../stateIcons.ts';
import { toTime } from '../times.ts';

/** What trees, panels, menus and key bindings pass to a command; anything else counts as nothing. */
const WorkflowArgument = z.object({ root: z.string(), workflow: z.object({ name: z.string() }) });
const ModuleArgument = z.object({ root: z.string(), module: z.object({ name: z.string() }) });
const RunArgument = z.object({ kind: z.literal('run'), run: z.object({ run: z.string() }) });
const PanelArgument = z.object({ panel: z.literal(true) });
const TaskArgument = z.object({ kind: z.literal('task'), run: z.string(), task: z.object({ id: z.string() }) });

export interface WorkspaceTarget {
  readonly root: string;
  readonly view: WorkspaceView;
}
export interface WorkflowTarget {
  readonly root: string;
  readonly workflow: WorkflowView;
}
export interface RunTarget {
  readonly run: string;
  readonly step: string | undefined;
}

/** The root that a command is about, with its state. Throws `no-workspace`. */
export async function toWorkspaceTarget(context: UiContext, argument: unknown): Promise<WorkspaceTarget> {
  const uri = argument instanceof vscode.Uri ? argument : undefined;
  const named = z.object({ root: z.string() }).safeParse(argument).data?.root;
  await context.roots.refresh();
  const root = named ?? context.roots.rootOf(uri) ?? (await context.roots.current());
  if (root === undefined) {
    throw new CairnError('no-workspace', vscode.l10n.t('No cairn.yaml was found in the open folders.'), {
      next: vscode.l10n.t('Run “Cairn: Initialize Workspace”.'),
    });
  }
  return { root, view: await context.link.openWorkspace(root) };
}

export function namesWorkflow(argument: unknown): boolean {
  return WorkflowArgument.safeParse(argument).success;
}

/** Workflow of a tree item or panel, of the file at hand, or of a module at hand that only one uses; else a person chooses. */
export async function toWorkflowTarget(context: UiContext, argument: unknown): Promise<WorkflowTarget> {
  const { root, view } = await toWorkspaceTarget(context, argument);
  const named = WorkflowArgument.safeParse(argument).data?.workflow.name;
  const candidates = toCandidates(root, view, named, argument);
  const [only] = candidates;
  if (only === undefined) {
    throw new CairnError('unknown-workflow', vscode.l10n.t('This workspace has no workflow.'), {
      next: vscode.l10n.t('Make one with “Cairn: New Workflow”.'),
    });
  }
  if (candidates.length === 1) return { root, workflow: only };
  const items = candidates.map((workflow) => ({ label: workflow.name, description: workflow.description, workflow }));
  const chosen = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which workflow?') });
  if (chosen === undefined) throw new CairnError('cancelled', 'Cancelled.');
  return { root, workflow: chosen.workflow };
}

function toCandidates(root: string, view: WorkspaceView, named: string | undefined, argument: unknown): readonly WorkflowView[] {
  if (named !== undefined) return view.workflows.filter((workflow) => workflow.name === named);
  const path = toPath(argument);
  const ofFile = view.workflows.filter((workflow) => join(root, workflow.file) === path);
  if (ofFile.length > 0) return ofFile;
  const module = toModuleName(root, view, path);
  const using = view.workflows.filter((workflow) => workflow.steps.some((step) => step.name === module));
  return using.length > 0 ? using : view.workflows;
}

/** The module that a tree item or the file at hand belongs to. */
export function toModuleArgument({ root, view }: WorkspaceTarget, argument: unknown): string | undefined {
  return (
    ModuleArgument.safeParse(argument).data?.module.name ??
    (argument instanceof vscode.Uri ? toModuleName(root, view, argument.fsPath) : undefined)
  );
}

function toModuleName(root: string, view: WorkspaceView, path: string | undefined): string | undefined {
  return path?.startsWith(root + sep) === true ? findModuleOf(view, relative(root, path).split(sep).join('/'))?.name : undefined;
}

function toPath(argument: unknown): string | undefined {
  return argument instanceof vscode.Uri ? argument.fsPath : vscode.window.activeTextEditor?.document.uri.fsPath;
}

/** Whether it is what the panel in front is about, which nobody has pointed at. */
export function isOfPanel(argument: unknown): boolean {
  return PanelArgument.safeParse(argument).success;
}

/** The run (and step) of a tree item or panel. */
export function readRunArgument(argument: unknown): RunTarget | undefined {
  const task = TaskArgument.safeParse(argument).data;
  if (task !== undefined) return { run: task.run, step: task.task.id };
  const run = RunArgument.safeParse(argument).data;
  return run === undefined ? undefined : { run: run.run.run, step: undefined };
}

/** The run that is meant, chosen by a person among `fits` where several are. Throws `unknown-run`. */
export async function toRunTarget(context: UiContext, argument: unknown, fits: (run: RunSummary) => boolean): Promise<RunTarget> {
  const given = readRunArgument(argument);
  if (given !== undefined && !(isOfPanel(argument) && isKnownMisfit(context, given, fits))) return given;
  const { runs } = await context.link.request('run.list', { limit: 100 });
  const fitting = runs.filter(fits);
  const [only] = fitting;
  if (only === undefined) {
    throw new CairnError('unknown-run', vscode.l10n.t('There is no such run.'), { next: vscode.l10n.t('Start a run with “Cairn: Run”.') });
  }
  if (fitting.length === 1) return { run: only.run, step: undefined };
  const items = fitting.map((run) => ({
    label: run.workflow,
    description: toStateText(run.state),
    detail: `${toTime(run.started)}, ${run.by}`,
    run: run.run,
  }));
  const chosen = await vscode.window.showQuickPick(items, { placeHolder: vscode.l10n.t('Which run?') });
  if (chosen === undefined) throw new CairnError('cancelled', 'Cancelled.');
  return { run: chosen.run, step: undefined };
}

function isKnownMisfit({ link }: UiContext, { run }: RunTarget, fits: (run: RunSummary) => boolean): boolean {
  const known = link.runs.runs.find((one) => one.run === run);
  return known !== undefined && !fits(known);
}
