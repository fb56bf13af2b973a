import * as vscode from 'vscode';
import { toShortName } from '../texts.ts';
import { toDecision, toDecisionText, toLastRunText, toTotalText, type Decision } from './planTexts.ts';
import { OPEN_PLACE, toPlaceArgument } from './reasonPlaces.ts';
import type { ShownWorkflows } from './shownWorkflows.ts';
import { findStepPlaces, type StepPlace } from './stepPlaces.ts';

/** workflows that an entry function has lenses of; the rest stands in its hover */
const MOST_WORKFLOWS = 2;
const ICONS: { readonly [decision in Decision]: string } = { reuse: '$(history)', run: '$(arrow-circle-right)', perhaps: '$(question)' };

/**
 * Above a workflow: its plan in one line, which leads to the graph. Above an entry function: what a run would do with it, which leads to
 * the place of the change, and what the newest run did, which leads to all reasons of that.
 */
export class PlanLenses implements vscode.CodeLensProvider, vscode.Disposable {
  readonly #shown: ShownWorkflows;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #listening: vscode.Disposable;
  readonly onDidChangeCodeLenses = this.#changed.event;

  constructor(shown: ShownWorkflows) {
    this.#shown = shown;
    this.#listening = shown.onDidChange(() => this.#changed.fire());
  }

  provideCodeLenses(document: vscode.TextDocument): vscode.CodeLens[] {
    const known = this.#shown.find(document.uri);
    const defined = known?.view.workflows.filter((workflow) => workflow.file === known.file) ?? [];
    if (known === undefined) return [];
    if (defined.length > 0) return defined.flatMap(({ name }) => this.#ofWorkflow(document, { root: known.root, workflow: name }));
    return findStepPlaces(this.#shown, document).slice(0, MOST_WORKFLOWS).flatMap(toLenses);
  }

  dispose(): void {
    this.#listening.dispose();
    this.#changed.dispose();
  }

  #ofWorkflow(document: vscode.TextDocument, place: { readonly root: string; readonly workflow: string }): vscode.CodeLens[] {
    const plan = this.#shown.plan(place);
    if (plan === undefined) return [];
    const line = document
      .getText()
      .split(/\r?\n/)
      .findIndex((text) => /^workflow\s*:/.test(text));
    const title = `$(checklist) ${toTotalText(plan)}`;
    const argument = { root: place.root, workflow: { name: place.workflow } };
    return [toLens(new vscode.Range(Math.max(line, 0), 0, Math.max(line, 0), 0), title, 'cairn.showGraph', argument)];
  }
}

function toLenses({ place, range, plan, tasks, run }: StepPlace): vscode.CodeLens[] {
  const lenses: vscode.CodeLens[] = [];
  if (plan !== undefined) {
    const [first] = plan.reasons;
    const target = first === undefined ? undefined : toPlaceArgument(place.root, first);
    const title = `${ICONS[toDecision(plan)]} ${toShortName(place.workflow)}: ${toDecisionText(plan)}`;
    const graph = { root: place.root, workflow: { name: place.workflow } };
    lenses.push(target === undefined ? toLens(range, title, 'cairn.showGraph', graph) : toLens(range, title, OPEN_PLACE, target));
  }
  const [task] = tasks;
  const last = task === undefined ? undefined : toLastRunText(task);
  if (task !== undefined && last !== undefined) lenses.push(toLens(range, last, 'cairn.why', { kind: 'task', run, task: { id: task.id } }));
  return lenses;
}

function toLens(range: vscode.Range, title: string, command: string, argument: object): vscode.CodeLens {
  return new vscode.CodeLens(range, { title, command, arguments: [argument] });
}
