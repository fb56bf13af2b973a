import * as vscode from 'vscode';
import type * as z from 'zod/mini';
import type { PlanDocument } from '../../../rde-agent/protocol/documents.ts';
import type { Disposable } from '../../agent/emitter.ts';
import type { UiContext } from '../context.ts';
import type { ShownWorkflows } from '../plans/shownWorkflows.ts';
import { ComparePanel, ComparePanelState } from './comparePanel.ts';
import { DataPanel, DataPanelState } from './dataPanel.ts';
import { GraphPanel, GraphPanelState } from './graphPanel.ts';
import type { PanelSubject } from './panelSubject.ts';
import { RunPanel, RunPanelState } from './runPanel.ts';
import { toPageHtml, toWebviewOptions, type PanelName } from './webviewPage.ts';

/** What every panel is. */
interface Panel extends Disposable {
  readonly subject: PanelSubject;
}

interface OpenPanel<P extends Panel> {
  readonly webviewPanel: vscode.WebviewPanel;
  readonly panel: P;
}

/** The open panels: one for each run, workflow file, output and comparison; asked for again, the open one is shown. */
export class Panels implements vscode.Disposable {
  readonly #context: UiContext;
  readonly #shown: ShownWorkflows;
  readonly #runs = new Set<OpenPanel<RunPanel>>();
  readonly #graphs = new Map<string, OpenPanel<GraphPanel>>();
  readonly #outputs = new Map<string, OpenPanel<DataPanel>>();
  readonly #comparisons = new Map<string, OpenPanel<ComparePanel>>();

  constructor(context: UiContext, shown: ShownWorkflows) {
    this.#context = context;
    this.#shown = shown;
    this.#restores('run', RunPanelState, (panel, { run }) => this.#fillRun(panel, run));
    this.#restores('workflowGraph', GraphPanelState, async (panel, place) => {
      if ((await context.roots.refresh()).includes(place.root)) this.#fillGraph(panel, place);
      else panel.dispose();
    });
    this.#restores('data', DataPanelState, (panel, place) => this.#fillOutput(panel, place));
    this.#restores('compare', ComparePanelState, (panel, runs) => this.#fillComparison(panel, runs));
  }

  showRun(run: string): void {
    const open = [...this.#runs].find((one) => one.panel.id === run);
    if (open !== undefined) return open.webviewPanel.reveal(undefined, true);
    this.#fillRun(this.#create('run', vscode.l10n.t('Run'), true), run);
  }

  /** A run that was just started: in the panel of an ended run of the same workflow, on its graph if that is in sight, else beside the code. */
  showStarted(run: string, workflow: string, place: GraphPanelState): void {
    const ended = [...this.#runs].find(({ panel }) => this.#hasEnded(panel, workflow));
    if (ended !== undefined) {
      ended.panel.follow(run);
      ended.webviewPanel.reveal(undefined, true);
    } else if (this.#graphs.get(toKey(place))?.webviewPanel.visible !== true) this.showRun(run);
  }

  showGraph(root: string, file: string, plan?: PlanDocument): void {
    const open = this.#graphs.get(toKey({ root, file }));
    open?.webviewPanel.reveal();
    const panel = open?.panel ?? this.#fillGraph(this.#create('workflowGraph', vscode.l10n.t('Graph')), { root, file });
    if (plan !== undefined) panel.showPlan(plan);
  }

  /** What a task gave at one of its ports. */
  showOutput(place: DataPanelState): void {
    const open = this.#outputs.get(toKey(place));
    if (open !== undefined) return open.webviewPanel.reveal();
    this.#fillOutput(this.#create('data', vscode.l10n.t('Data')), place);
  }

  showComparison(runs: ComparePanelState): void {
    const open = this.#comparisons.get(toKey(runs));
    if (open !== undefined) return open.webviewPanel.reveal();
    this.#fillComparison(this.#create('compare', vscode.l10n.t('Comparison')), runs);
  }

  /** What the panel that is in front is about; `undefined` = the editor in front is no panel of ours. */
  get atHand(): PanelSubject | undefined {
    return this.#all().find(({ webviewPanel }) => webviewPanel.active)?.panel.subject;
  }

  dispose(): void {
    for (const { webviewPanel } of this.#all()) webviewPanel.dispose();
  }

  /** A panel of a window that was opened again may not have been told of its run yet: the list of runs has. */
  #hasEnded({ id, run }: RunPanel, workflow: string): boolean {
    if (run?.run === id) return run.workflow === workflow && run.finished !== null;
    const known = this.#context.link.runs.runs.find((one) => one.run === id);
    return known?.workflow === workflow && known.state !== 'queued' && known.state !== 'running';
  }

  #all(): readonly OpenPanel<Panel>[] {
    return [...this.#runs, ...this.#graphs.values(), ...this.#outputs.values(), ...this.#comparisons.values()];
  }

  #create(name: PanelName, title: string, preserveFocus = false): vscode.WebviewPanel {
    return vscode.window.createWebviewPanel(`cairn.${name}`, title, { viewColumn: this.#toColumn(), preserveFocus });
  }

  #fillRun(webviewPanel: vscode.WebviewPanel, run: string): void {
    const open = { webviewPanel, panel: new RunPanel(this.#context, webviewPanel, run) };
    this.#fill(open, 'run', { run }, () => this.#runs.delete(open));
    this.#runs.add(open);
  }

  #fillGraph(webviewPanel: vscode.WebviewPanel, place: GraphPanelState): GraphPanel {
    const panel = new GraphPanel(this.#context, this.#shown, webviewPanel, place);
    this.#keep(this.#graphs, { webviewPanel, panel }, 'workflowGraph', place);
    return panel;
  }

  #fillOutput(webviewPanel: vscode.WebviewPanel, place: DataPanelState): void {
    this.#keep(this.#outputs, { webviewPanel, panel: new DataPanel(this.#context, webviewPanel, place) }, 'data', place);
  }

  #fillComparison(webviewPanel: vscode.WebviewPanel, runs: ComparePanelState): void {
    this.#keep(this.#comparisons, { webviewPanel, panel: new ComparePanel(this.#context, webviewPanel, runs) }, 'compare', runs);
  }

  #keep<P extends Panel>(panels: Map<string, OpenPanel<P>>, open: OpenPanel<P>, name: PanelName, state: object): void {
    panels.set(toKey(state), open);
    this.#fill(open, name, state, () => panels.delete(toKey(state)));
  }

  /** The page is set once; from then on only messages change what it shows. */
  #fill({ webviewPanel, panel }: OpenPanel<Panel>, name: PanelName, state: object, forget: () => void): void {
    const { extensionUri } = this.#context.extension;
    webviewPanel.webview.options = toWebviewOptions(extensionUri);
    webviewPanel.webview.html = toPageHtml(webviewPanel.webview, extensionUri, name, state);
    webviewPanel.onDidDispose(() => {
      forget();
      panel.dispose();
    });
  }

  /** With the panels that are in sight; else beside the code. */
  #toColumn(): vscode.ViewColumn {
    const visible = this.#all().find(({ webviewPanel }) => webviewPanel.visible);
    if (visible?.webviewPanel.viewColumn !== undefined) return visible.webviewPanel.viewColumn;
    return vscode.window.activeTextEditor === undefined ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside;
  }

  /** A panel of a window that was closed is made again of what its page kept; of anything else, and in a folder that is not trusted, it is closed. */
  #restores<S>(name: PanelName, schema: z.ZodMiniType<S>, fill: (panel: vscode.WebviewPanel, state: S) => void | Promise<void>): void {
    const deserializeWebviewPanel = async (panel: vscode.WebviewPanel, state: unknown): Promise<void> => {
      const { data } = schema.safeParse(state);
      if (data === undefined || !vscode.workspace.isTrusted) return void panel.dispose();
      // At once: what is shown meanwhile must find it.
      await Promise.all([fill(panel, data), this.#followRoots()]);
    };
    this.#context.extension.subscriptions.push(vscode.window.registerWebviewPanelSerializer(`cairn.${name}`, { deserializeWebviewPanel }));
  }

  async #followRoots(): Promise<void> {
    const { roots, link } = this.#context;
    for (const root of await roots.refresh()) link.followRoot(root);
  }
}

/** Equal states are one panel, whatever the order of their fields. */
function toKey(state: object): string {
  return JSON.stringify(Object.entries(state).sort(([one], [other]) => one.localeCompare(other)));
}
