import { relative, sep } from 'node:path';
import * as vscode from 'vscode';
import type { PlanDocument } from '../../../rde-agent/protocol/documents.ts';
import type { RunView } from '../../../rde-agent/protocol/runView.ts';
import type { WorkspaceView } from '../../../rde-agent/protocol/workspaceView.ts';
import { findConcerned } from '../../agent/concernedWorkflows.ts';
import { LivePlans } from '../../agent/livePlans.ts';
import { NewestRuns } from '../../agent/newestRuns.ts';
import { toPlaceKey, type WorkflowPlace } from '../../agent/workflowPlace.ts';
import { predictSaved } from '../../platform/savedDocuments.ts';
import type { UiContext } from '../context.ts';

/** workflows that one file is planned for at most: a module of all workflows is no reason to plan them all at every save */
const MOST_OF_FILE = 8;

/** milliseconds in which the events of runs, which come in bursts, are gathered; a new plan is told at once */
const GATHER = 100;

/** A file of a workspace that the agent knows. */
export interface KnownFile {
  readonly root: string;
  readonly view: WorkspaceView;
  /** relative to the root, with `/` */
  readonly file: string;
}

/**
 * The workflows that are in sight, by an editor or because somebody asked, with their plan and their newest run. A workflow stays in sight
 * while another file of its workspace is edited that none owns, such as a library's.
 */
export class ShownWorkflows implements vscode.Disposable {
  readonly #context: UiContext;
  readonly #plans: LivePlans;
  readonly #runs: NewestRuns;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly #ofEditors = new Map<string, vscode.Disposable>();
  readonly #listening: readonly vscode.Disposable[];
  #current: WorkflowPlace | undefined;
  #changeDue: NodeJS.Timeout | undefined;
  readonly onDidChange = this.#changed.event;

  constructor(context: UiContext) {
    const { link, log, saved } = context;
    this.#context = context;
    this.#plans = new LivePlans({
      link,
      documentsOf: (root) => saved.recent(root),
      onError: (error) => log.error(error instanceof Error ? error : String(error)),
      onRefused: ({ workflow }, { code, message }) => log.debug(`No plan of ${workflow}: ${message} (${code})`),
    });
    this.#runs = new NewestRuns(link, (error) => log.error(error instanceof Error ? error : String(error)));
    const look = (): void => this.#look();
    this.#listening = [
      this.#changed,
      this.#plans,
      this.#runs,
      this.#plans.onDidChange(() => this.#changed.fire()),
      this.#runs.onDidChange(() => this.#changeSoon()),
      link.onDidChangeWorkspace(look),
      vscode.window.onDidChangeVisibleTextEditors(look),
      vscode.window.onDidChangeActiveTextEditor(look),
      vscode.workspace.onWillSaveTextDocument(({ document }) => this.#onWillSave(document)),
      vscode.workspace.onDidSaveTextDocument((document) => this.#onDidSave(document)),
    ];
  }

  /** What a run of it would do now; `undefined` while that is not known. */
  plan(place: WorkflowPlace): PlanDocument | undefined {
    return this.#plans.get(place);
  }

  run(place: WorkflowPlace): RunView | undefined {
    return this.#runs.get(place);
  }

  /** That of the active editor, or the one before it in the same workspace. */
  get current(): WorkflowPlace | undefined {
    return this.#current;
  }

  /** Keeps plan and newest run of a workflow up to date until disposed. */
  watch(place: WorkflowPlace): vscode.Disposable {
    return vscode.Disposable.from(this.#plans.watch(place), this.#runs.watch(place));
  }

  /** `undefined` for what is no file of a followed workspace. */
  find(uri: vscode.Uri): KnownFile | undefined {
    const root = this.#context.roots.rootOf(uri);
    const view = root === undefined ? undefined : this.#context.link.workspace(root);
    return root === undefined || view === undefined ? undefined : { root, view, file: relative(root, uri.fsPath).split(sep).join('/') };
  }

  /** The workflows that a file is about. */
  concernedBy({ root, view, file }: KnownFile): readonly WorkflowPlace[] {
    const concerned = findConcerned(view, file).slice(0, MOST_OF_FILE);
    return concerned.map(({ name }) => ({ root, workflow: name }));
  }

  dispose(): void {
    clearTimeout(this.#changeDue);
    for (const one of [...this.#ofEditors.values(), ...this.#listening]) one.dispose();
  }

  #onWillSave(document: vscode.TextDocument): void {
    const root = this.#context.roots.rootOf(document.uri);
    const expected = root === undefined ? undefined : predictSaved(root, document);
    if (root !== undefined && expected !== undefined) this.#plans.expect(root, expected);
  }

  #onDidSave(document: vscode.TextDocument): void {
    const { roots, log } = this.#context;
    const root = roots.rootOf(document.uri);
    if (root !== undefined) this.#plans.refresh(root).catch((error: unknown) => log.error(String(error)));
  }

  #changeSoon(): void {
    this.#changeDue ??= setTimeout(() => {
      this.#changeDue = undefined;
      this.#changed.fire();
    }, GATHER);
  }

  #look(): void {
    const places = vscode.window.visibleTextEditors.flatMap((editor) => this.#concernedByUri(editor.document.uri));
    this.#current = this.#toCurrent();
    const wanted = new Map([...places, ...(this.#current === undefined ? [] : [this.#current])].map((place) => [toPlaceKey(place), place]));
    for (const [key, place] of wanted) if (!this.#ofEditors.has(key)) this.#ofEditors.set(key, this.watch(place));
    for (const [key, watching] of this.#ofEditors) {
      if (wanted.has(key)) continue;
      watching.dispose();
      this.#ofEditors.delete(key);
    }
    this.#changed.fire();
  }

  #toCurrent(): WorkflowPlace | undefined {
    const uri = vscode.window.activeTextEditor?.document.uri;
    const root = this.#context.roots.rootOf(uri);
    if (uri === undefined || root === undefined) return this.#current;
    const concerned = this.#concernedByUri(uri);
    const before = this.#current?.root === root ? this.#current : undefined;
    if (concerned.length === 0) return before;
    return concerned.find(({ workflow }) => workflow === before?.workflow) ?? concerned[0];
  }

  #concernedByUri(uri: vscode.Uri): readonly WorkflowPlace[] {
    const known = this.find(uri);
    return known === undefined ? [] : this.concernedBy(known);
  }
}
