import * as vscode from 'vscode';
import type { RunSummary } from '../../rde-agent/protocol/documents.ts';
import type { RunView } from '../../rde-agent/protocol/runView.ts';
import type { TaskState, TaskView } from '../../rde-agent/protocol/taskView.ts';
import type { Disposable } from '../agent/emitter.ts';
import type { UiContext } from './context.ts';
import { followRoots } from './modulesView.ts';
import { toDuration, toShortName } from './texts.ts';

export type RunNode =
  { readonly kind: 'run'; readonly run: RunSummary } | { readonly kind: 'task'; readonly run: string; readonly task: TaskView };

const COLOURS: { readonly [state in TaskState]?: string } = {
  running: 'progressBar.background',
  succeeded: 'testing.iconPassed',
  failed: 'testing.iconFailed',
};

function toIcon(state: TaskState): vscode.ThemeIcon {
  const colour = COLOURS[state];
  return new vscode.ThemeIcon(ICONS[state], colour === undefined ? undefined : new vscode.ThemeColor(colour));
}

const ICONS: { readonly [state in TaskState]: string } = {
  queued: 'circle-large-outline',
  running: 'sync~spin',
  succeeded: 'pass',
  failed: 'error',
  cancelled: 'circle-slash',
  skipped: 'debug-step-over',
};

/** Runs, newest first; those under way and those unfolded are followed live, with their tasks below them. */
export class RunsView implements vscode.TreeDataProvider<RunNode> {
  readonly #context: UiContext;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #followed = new Map<string, Disposable>();
  #refreshDue: NodeJS.Timeout | undefined;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(context: UiContext) {
    this.#context = context;
    context.extension.subscriptions.push(
      this.#changed,
      context.link.onDidChangeRuns(() => this.#refreshSoon()),
      { dispose: () => this.#followed.forEach((one) => one.dispose()) },
    );
  }

  async getChildren(node?: RunNode): Promise<RunNode[]> {
    if (node === undefined) {
      await followRoots(this.#context);
      return this.#context.link.runs.runs.map((run) => ({ kind: 'run', run }));
    }
    const run = node.kind === 'task' ? node.task.run : node.run.run;
    if (run === undefined) return [];
    this.#follow(run);
    const view = this.#context.link.runView(run);
    return view === undefined ? [] : toTasks(view).map((task) => ({ kind: 'task', run: view.run, task }));
  }

  /** A folded run need not be followed; nor one inside another. */
  release(node: RunNode): void {
    const run = node.kind === 'task' ? (node.task.run ?? '') : node.run.run;
    this.#followed.get(run)?.dispose();
    this.#followed.delete(run);
  }

  getTreeItem(node: RunNode): vscode.TreeItem {
    return node.kind === 'run' ? this.#toRunItem(node.run) : toTaskItem(node.run, node.task);
  }

  #follow(run: string): void {
    if (this.#followed.has(run)) return;
    this.#followed.set(
      run,
      this.#context.link.followRun(run, () => this.#refreshSoon()),
    );
  }

  /** Events of a run come in bursts; the tree is drawn at most ten times a second. */
  #refreshSoon(): void {
    this.#refreshDue ??= setTimeout(() => {
      this.#refreshDue = undefined;
      this.#changed.fire(undefined);
    }, 100);
  }

  #toRunItem(run: RunSummary): vscode.TreeItem {
    const item = new vscode.TreeItem(toShortName(run.workflow), vscode.TreeItemCollapsibleState.Collapsed);
    const view = this.#context.link.runView(run.run);
    const seconds = run.state === 'running' || run.state === 'queued' ? '' : ` · ${toDuration(run.seconds)}`;
    item.id = run.run;
    item.description = `${run.state}${seconds}${view === undefined ? '' : toCounts(view)}`;
    item.tooltip = `${run.workflow}\n${run.run}\n${new Date(run.started).toLocaleString()}, ${run.by}`;
    item.iconPath = toIcon(run.state);
    item.contextValue = run.state === 'running' || run.state === 'queued' ? 'run.active' : 'run';
    item.command = { command: 'cairn.showRun', title: 'Show Run', arguments: [{ kind: 'run', run }] };
    item.accessibilityInformation = { label: `${run.workflow}, ${item.description}` };
    return item;
  }
}

function toTasks(view: RunView): readonly TaskView[] {
  return view.order.flatMap((id) => view.tasks[id] ?? []);
}

function toCounts(view: RunView): string {
  const reused = toTasks(view).filter((task) => task.decision === 'reused').length;
  return ` · ${reused}/${view.order.length} reused`;
}

function toTaskItem(run: string, task: TaskView): vscode.TreeItem {
  // The task of a nested workflow unfolds into the tasks of its run.
  const isNested = task.run !== undefined;
  const folding = isNested ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None;
  const item = new vscode.TreeItem(task.id, folding);
  const time = task.decision === 'executed' && task.finished !== null ? toDuration(task.seconds) : '';
  item.id = `${run}#${task.id}`;
  item.description = [task.state, task.decision ?? '', time].filter((part) => part !== '').join(' · ');
  item.iconPath = toIcon(task.state);
  item.tooltip = [...task.reasons.map((reason) => reason.message), task.error?.message ?? ''].filter((part) => part !== '').join('\n');
  item.contextValue = 'task';
  item.command = { command: 'cairn.showRun', title: 'Show Run', arguments: [{ kind: 'task', run, task }] };
  return item;
}
