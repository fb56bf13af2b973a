import * as vscode from 'vscode';
import type { PlanDocument } from '../../../rde-agent/protocol/documents.ts';
import type { Disposable } from '../../agent/emitter.ts';
import type { UiContext } from '../context.ts';
import type { ShownWorkflows } from '../plans/shownWorkflows.ts';
import { GraphPanel, GraphPanelState } from './graphPanel.ts';
import { RunPanel, RunPanelState } from './runPanel.ts';
import { toPageHtml, toWebviewOptions } from './webviewPage.ts';

const RUN = 'cairn.run';
const GRAPH = 'cairn.workflowGraph';

interface OpenPanel<P extends Disposable> {
  readonly webviewPanel: vscode.WebviewPanel;
  readonly panel: P;
}

/** The open panels: one for each run and one for each workflow file; asked for again, the open one is shown. */
export class Panels implements vscode.Disposable {
  readonly #context: UiContext;
  readonly #shown: ShownWorkflows;
  readonly #runs = new Set<OpenPanel<RunPanel>>();
  readonly #graphs = new Map<string, OpenPanel<GraphPanel>>();

  constructor(context: UiContext, shown: ShownWorkflows) {
    this.#context = context;
    this.#shown = shown;
    context.extension.subscriptions.push(
      vscode.window.registerWebviewPanelSerializer(RUN, {
        deserializeWebviewPanel: (panel, state: unknown) => this.#restoreRun(panel, state),
      }),
      vscode.window.registerWebviewPanelSerializer(GRAPH, {
        deserializeWebviewPanel: (panel, state: unknown) => this.#restoreGraph(panel, state),
      }),
    );
  }

  showRun(run: string): void {
    const open = [...this.#runs].find((one) => one.panel.run?.run === run);
    if (open !== undefined) return open.webviewPanel.reveal(undefined, true);
    const panel = vscode.window.createWebviewPanel(RUN, vscode.l10n.t('Run'), { viewColumn: this.#toColumn(), preserveFocus: true });
    this.#fillRun(panel, run);
  }

  /** A run that was just started: in the panel of an ended run of the same workflow, on its graph if that is in sight, else beside the code. */
  showStarted(run: string, workflow: string, place: GraphPanelState): void {
    const ended = [...this.#runs].find(({ panel }) => panel.run?.workflow === workflow && panel.run.finished !== null);
    if (ended !== undefined) {
      ended.panel.follow(run);
      ended.webviewPanel.reveal(undefined, true);
    } else if (this.#graphs.get(toKey(place))?.webviewPanel.visible !== true) this.showRun(run);
  }

  showGraph(root: string, file: string, plan?: PlanDocument): void {
    const open = this.#graphs.get(toKey({ root, file }));
    open?.webviewPanel.reveal();
    const panel =
      open?.panel ?? this.#fillGraph(vscode.window.createWebviewPanel(GRAPH, vscode.l10n.t('Graph'), this.#toColumn()), { root, file });
    if (plan !== undefined) panel.showPlan(plan);
  }

  dispose(): void {
    for (const { webviewPanel } of [...this.#runs, ...this.#graphs.values()]) webviewPanel.dispose();
  }

  #fillRun(webviewPanel: vscode.WebviewPanel, run: string): void {
    const panel = new RunPanel(this.#context, webviewPanel, run);
    this.#fill(webviewPanel, 'run', { run });
    const open = { webviewPanel, panel };
    this.#runs.add(open);
    webviewPanel.onDidDispose(() => {
      this.#runs.delete(open);
      panel.dispose();
    });
  }

  #fillGraph(webviewPanel: vscode.WebviewPanel, place: GraphPanelState): GraphPanel {
    const panel = new GraphPanel(this.#context, this.#shown, webviewPanel, place);
    this.#fill(webviewPanel, 'workflowGraph', place);
    this.#graphs.set(toKey(place), { webviewPanel, panel });
    webviewPanel.onDidDispose(() => {
      this.#graphs.delete(toKey(place));
      panel.dispose();
    });
    return panel;
  }

  /** The page is set once; from then on only messages change what it shows. */
  #fill(panel: vscode.WebviewPanel, name: 'run' | 'workflowGraph', state: object): void {
    const { extensionUri } = this.#context.extension;
    panel.webview.options = toWebviewOptions(extensionUri);
    panel.webview.html = toPageHtml(panel.webview, extensionUri, name, state);
  }

  /** With the panels that are in sight; else beside the code. */
  #toColumn(): vscode.ViewColumn {
    const visible = [...this.#runs, ...this.#graphs.values()].find(({ webviewPanel }) => webviewPanel.visible);
    if (visible?.webviewPanel.viewColumn !== undefined) return visible.webviewPanel.viewColumn;
    return vscode.window.activeTextEditor === undefined ? vscode.ViewColumn.Active : vscode.ViewColumn.Beside;
  }

  async #restoreRun(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { data } = RunPanelState.safeParse(state);
    if (data === undefined || !vscode.workspace.isTrusted) return void panel.dispose();
    await this.#followRoots();
    this.#fillRun(panel, data.run);
  }

  async #restoreGraph(panel: vscode.WebviewPanel, state: unknown): Promise<void> {
    const { data } = GraphPanelState.safeParse(state);
    const roots = await this.#followRoots();
    if (data === undefined || !roots.includes(data.root)) return void panel.dispose();
    this.#fillGraph(panel, data);
  }

  async #followRoots(): Promise<readonly string[]> {
    const { roots, link } = this.#context;
    const found = vscode.workspace.isTrusted ? await roots.refresh() : [];
    for (const root of found) link.followRoot(root);
    return found;
  }
}

function toKey({ root, file }: GraphPanelState): string {
  return `${root}\n${file}`;
}
