import * as vscode from 'vscode';
import type { PlanStep } from '../../../rde-agent/protocol/documents.ts';
import type { TaskView } from '../../../rde-agent/protocol/taskView.ts';
import type { GraphStep, WorkflowView } from '../../../rde-agent/protocol/workspaceView.ts';
import { findModuleOf } from '../../agent/concernedWorkflows.ts';
import type { WorkflowPlace } from '../../agent/workflowPlace.ts';
import { toPlanStatus, toPlanStatuses, type PlanStatus } from '../../../webviews/protocol/planStatus.ts';
import type { KnownFile, ShownWorkflows } from './shownWorkflows.ts';
import { findStepLine } from './stepLines.ts';

/** A place in a file that stands for a step of a workflow: its key there, or the function that it calls. */
export interface StepPlace {
  readonly place: WorkflowPlace;
  /** of the step, or of the module */
  readonly title: string;
  /** of the line, from its first word to its end */
  readonly range: vscode.Range;
  readonly plan: PlanStatus | undefined;
  /** of the newest run */
  readonly tasks: readonly TaskView[];
  /** id of the newest run */
  readonly run: string | undefined;
}

/** Everything in a document that a plan or a run speaks of. */
export function findStepPlaces(shown: ShownWorkflows, document: vscode.TextDocument): readonly StepPlace[] {
  const known = shown.find(document.uri);
  if (known === undefined) return [];
  const defined = known.view.workflows.filter((workflow) => workflow.file === known.file);
  return defined.length > 0
    ? defined.flatMap((workflow) => ofWorkflow(shown, document, known.root, workflow))
    : ofModule(shown, document, known);
}

function ofWorkflow(
  shown: ShownWorkflows,
  document: vscode.TextDocument,
  root: string,
  { name, steps }: WorkflowView,
): readonly StepPlace[] {
  const place = { root, workflow: name };
  const [plan, run] = [shown.plan(place), shown.run(place)];
  const statuses = plan === undefined ? undefined : toPlanStatuses(plan);
  const tasks = Map.groupBy(Object.values(run?.tasks ?? {}), (task) => task.step);
  return steps.flatMap((step: GraphStep) => {
    const line = findStepLine(document, step.id, step.line);
    if (line === undefined) return [];
    const range = toLineRange(document, line);
    return [{ place, title: step.id, range, plan: statuses?.get(step.id), tasks: tasks.get(step.id) ?? [], run: run?.run }];
  });
}

/** The entry function of a module, once for each workflow that uses it. */
function ofModule(shown: ShownWorkflows, document: vscode.TextDocument, known: KnownFile): readonly StepPlace[] {
  const module = findModuleOf(known.view, known.file);
  if (module === undefined || known.file !== module.file.replace(/[^/]*$/, '') + module.entry.file) return [];
  const line = findFunctionLine(document, module.entry.function);
  if (line === undefined) return [];
  const range = toLineRange(document, line);
  return shown.concernedBy(known).flatMap((place) => {
    const [plan, run] = [shown.plan(place), shown.run(place)];
    const rows = (plan?.steps ?? []).filter((row: PlanStep) => row.module === module.name);
    const steps = new Set((run?.steps ?? []).flatMap((step) => (step.name === module.name ? [step.id] : [])));
    const tasks = Object.values(run?.tasks ?? {}).filter((task) => steps.has(task.step));
    if (rows.length === 0 && tasks.length === 0) return [];
    return [{ place, title: module.name, range, plan: rows.length === 0 ? undefined : toPlanStatus(rows), tasks, run: run?.run }];
  });
}

/** From 0; `undefined` = the file does not define it. */
function findFunctionLine(document: vscode.TextDocument, name: string): number | undefined {
  const lines = document.getText().split(/\r?\n/);
  const found = lines.findIndex((line) => {
    const rest = /^(?:async\s+)?def\s+(.*)$/.exec(line)?.[1] ?? /^export\s+(?:async\s+)?function\s+(.*)$/.exec(line)?.[1];
    return rest?.startsWith(`${name}(`) === true;
  });
  return found < 0 ? undefined : found;
}

function toLineRange(document: vscode.TextDocument, line: number): vscode.Range {
  const { range, firstNonWhitespaceCharacterIndex } = document.lineAt(line);
  return new vscode.Range(line, firstNonWhitespaceCharacterIndex, line, range.end.character);
}
