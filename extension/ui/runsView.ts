import * as vscode from 'vscode';
import type { RunSummary } from '../../rde-agent/protocol/documents.ts';
import type { RunView } from '../../rde-agent/protocol/runView.ts';
import type { TaskView } from '../../rde-agent/protocol/taskView.ts';
import type { Disposable } from '../agent/emitter.ts';
import { RunHistory } from '../agent/runHistory.ts';
import type { UiContext } from './context.ts';
import { followRoots } from './modulesView.ts';
import { toReasonText } from './plans/planTexts.ts';
import { toDecisionText, toStateIcon, toStateText } from './stateIcons.ts';
import { toDuration, toShortName } from './texts.ts';
import { toFullTime, toTime } from './times.ts';
import { toDescription, toTooltip } from './tooltips.ts';

export type RunNode =
  | { readonly kind: 'run'; readonly run: RunSummary }
  | { readonly kind: 'task'; readonly run: string; readonly task: TaskView; readonly parent: RunNode }
  | { readonly kind: 'more' };

const { Collapsed, None } = vscode.TreeItemCollapsibleState;

/** Runs, newest first; those under way and those unfolded are followed live, with their tasks below them. */
export class RunsView implements vscode.TreeDataProvider<RunNode>, vscode.Disposable {
  readonly #context: UiContext;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly #followed = new Map<string, Disposable>();
  readonly #history: RunHistory;
  readonly #tree: vscode.TreeView<RunNode>;
  readonly #listening: readonly Disposable[];
  #refreshDue: NodeJS.Timeout | undefined;
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(context: UiContext) {
    this.#context = context;
    this.#history = new RunHistory((query) => context.link.request('run.list', query));
    this.#tree = vscode.window.createTreeView('cairn.runs', { treeDataProvider: this, canSelectMany: true, showCollapseAll: true });
    this.#listening = [
      this.#changed,
      this.#tree,
      this.#tree.onDidCollapseElement(({ element }) => this.#release(element)),
      vscode.workspace.onDidGrantWorkspaceTrust(() => this.#refreshSoon()),
      context.link.onDidChangeRuns(() => this.#refreshSoon()),
    ];
  }

  async getChildren(node?: RunNode): Promise<RunNode[]> {
    if (node === undefined) return this.#toRuns();
    const run = toRunOf(node);
    if (run === undefined) return [];
    this.#follow(run);
    const view = this.#context.link.runView(run);
    return view === undefined ? [] : toTasks(view).map((task) => ({ kind: 'task', run: view.run, task, parent: node }));
  }

  getParent(node: RunNode): RunNode | undefined {
    return node.kind === 'task' ? node.parent : undefined;
  }

  getTreeItem(node: RunNode): vscode.TreeItem {
    switch (node.kind) {
      case 'run':
        return toRunItem(node.run, this.#context.link.runView(node.run.run));
      case 'task':
        return toTaskItem(node.run, node.task);
      case 'more':
        return toMoreItem();
    }
  }

  /** The runs that are marked in the list, oldest first. */
  get selectedRuns(): readonly string[] {
    return this.#tree.selection.flatMap((node) => (node.kind === 'run' ? [node.run.run] : [])).sort();
  }

  get workflow(): string | undefined {
    return this.#history.workflow;
  }

  /** Shows only runs of one workflow; of all again without one. */
  async filter(workflow: string | undefined): Promise<void> {
    await this.#history.filter(workflow, this.#context.link.runs.runs);
    this.#tree.description = workflow ?? '';
    this.#changed.fire(undefined);
  }

  async showMore(): Promise<void> {
    await this.#history.showMore(this.#context.link.runs.runs);
    this.#changed.fire(undefined);
  }

  /** A run was pinned here, or is no longer. */
  markPinned(run: string, pinned: boolean): void {
    this.#history.markPinned(run, pinned);
    this.#changed.fire(undefined);
  }

  dispose(): void {
    clearTimeout(this.#refreshDue);
    for (const one of [...this.#listening, ...this.#followed.values()]) one.dispose();
  }

  async #toRuns(): Promise<RunNode[]> {
    await followRoots(this.#context);
    const { runs, hasMore } = this.#history.list(this.#context.link.runs.runs);
    const more: readonly RunNode[] = hasMore ? [{ kind: 'more' }] : [];
    return [...runs.map((run): RunNode => ({ kind: 'run', run })), ...more];
  }

  /** A folded run need not be followed; nor one inside another. */
  #release(node: RunNode): void {
    const run = toRunOf(node) ?? '';
    this.#followed.get(run)?.dispose();
    this.#followed.delete(run);
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
      this.#showBadge();
      this.#changed.fire(undefined);
    }, 100);
  }

  #showBadge(): void {
    const active = this.#context.link.runs.runs.filter(isActive).length;
    const tooltip = active === 1 ? vscode.l10n.t('1 run is under way') : vscode.l10n.t('{0} runs are under way', active);
    this.#tree.badge = active === 0 ? undefined : { value: active, tooltip };
  }
}

/** The run that a row stands for: that of a nested workflow's task is its own. */
function toRunOf(node: RunNode): string | undefined {
  if (node.kind === 'more') return undefined;
  return node.kind === 'task' ? node.task.run : node.run.run;
}

function isActive({ state }: RunSummary): boolean {
  return state === 'running' || state === 'queued';
}

function toTasks(view: RunView): readonly TaskView[] {
  return view.order.flatMap((id) => view.tasks[id] ?? []);
}

function toRunItem(run: RunSummary, view: RunView | undefined): vscode.TreeItem {
  const item = new vscode.TreeItem(toShortName(run.workflow), Collapsed);
  const seconds = isActive(run) ? '' : toDuration(run.seconds);
  const isPinned = run.pinned === true;
  item.id = run.run;
  item.description = toDescription(
    toStateText(run.state),
    isPinned && vscode.l10n.t('kept'),
    seconds,
    toTime(run.started),
    view && toCounts(view),
  );
  item.tooltip = toTooltip(run.workflow, [
    [vscode.l10n.t('State'), toStateText(run.state)],
    [vscode.l10n.t('Started'), `${toFullTime(run.started)}, ${run.by}`],
    [vscode.l10n.t('Took'), seconds],
    [vscode.l10n.t('Kept'), isPinned && vscode.l10n.t('everything of it, until it is let go')],
    [vscode.l10n.t('Run'), run.run],
  ]);
  item.iconPath = toStateIcon(run.state);
  item.contextValue = `run${isActive(run) ? '.active' : ''}${isPinned ? '.pinned' : ''}`;
  item.command = { command: 'cairn.showRun', title: vscode.l10n.t('Show Run'), arguments: [{ kind: 'run', run }] };
  item.accessibilityInformation = { label: `${run.workflow}, ${item.description}` };
  return item;
}

function toCounts(view: RunView): string {
  const reused = toTasks(view).filter((task) => task.decision === 'reused').length;
  return vscode.l10n.t('{0} of {1} reused', reused, view.order.length);
}

function toTaskItem(run: string, task: TaskView): vscode.TreeItem {
  // The task of a nested workflow unfolds into the tasks of its run.
  const item = new vscode.TreeItem(task.id, task.run === undefined ? None : Collapsed);
  const time = task.decision === 'executed' && task.finished !== null ? toDuration(task.seconds) : '';
  item.id = `${run}#${task.id}`;
  item.description = toDescription(toStateText(task.state), toDecisionText(task.decision), time);
  item.iconPath = toStateIcon(task.state);
  item.tooltip = toTooltip(task.id, [], [task.error?.message ?? '', ...task.reasons.map(toReasonText)]);
  item.contextValue = 'task';
  const argument = { kind: 'task', run, task: { id: task.id } };
  item.command = { command: 'cairn.showRun', title: vscode.l10n.t('Show Run'), arguments: [argument] };
  item.accessibilityInformation = { label: `${task.id}, ${item.description}` };
  return item;
}

function toMoreItem(): vscode.TreeItem {
  const item = new vscode.TreeItem(vscode.l10n.t('Show more…'));
  item.id = 'more';
  item.iconPath = new vscode.ThemeIcon('ellipsis');
  item.contextValue = 'more';
  item.command = { command: 'cairn.showMoreRuns', title: vscode.l10n.t('Show more…') };
  return item;
}
