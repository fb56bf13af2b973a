import * as vscode from 'vscode';
import type { Disposable } from '../agent/emitter.ts';
import type { UiContext } from './context.ts';
import { Fetched } from './fetched.ts';
import { toPlainText } from './logText.ts';

/** Calls a listener at every change, until disposed. */
type Changes = (listener: () => void) => Disposable;

export interface ListTreeOptions<T, N> {
  /** of the view in the manifest */
  readonly id: string;
  /** asks the agent for all that the tree shows */
  readonly ask: () => Promise<T>;
  readonly toRoots: (answer: T) => readonly N[];
  /** absent = a flat list */
  readonly toChildren?: (node: N) => readonly N[];
  readonly toParent?: (node: N) => N | undefined;
  readonly toItem: (node: N) => vscode.TreeItem;
  /** what makes an answer old */
  readonly changes: readonly Changes[];
  /** see `Fetched` */
  readonly follow?: (listener: () => void) => Disposable;
  readonly oldAt?: (answer: T) => number | undefined;
}

/** A tree over one answer of the agent. */
export interface ListTree<N> extends vscode.Disposable {
  readonly view: vscode.TreeView<N>;
  /** Asks again, now or when it is next in sight. */
  refresh(): void;
  /** Draws the rows again: something that is not of the agent has changed. */
  redraw(): void;
}

export function createListTree<T, N>(context: UiContext, options: ListTreeOptions<T, N>): ListTree<N> {
  const changed = new vscode.EventEmitter<undefined>();
  const fetched = new Fetched<T>(options);
  const provider: vscode.TreeDataProvider<N> = {
    onDidChangeTreeData: changed.event,
    getChildren: async (node) => {
      if (node !== undefined) return [...(options.toChildren?.(node) ?? [])];
      if (!vscode.workspace.isTrusted) return [];
      const answer = await fetched.get();
      return answer === undefined ? [] : [...options.toRoots(answer)];
    },
    getParent: (node) => options.toParent?.(node),
    getTreeItem: (node) => options.toItem(node),
  };
  const showCollapseAll = options.toChildren !== undefined;
  const view = vscode.window.createTreeView(options.id, { treeDataProvider: provider, showCollapseAll });
  const refresh = (): void => fetched.invalidate();
  const listening = [
    fetched.onDidChange(() => {
      view.message = toProblemText(fetched);
      changed.fire(undefined);
    }),
    view.onDidChangeVisibility(({ visible }) => fetched.show(visible && vscode.workspace.isTrusted)),
    context.link.onDidChangeState(({ kind }) => kind === 'open' && fetched.problem !== undefined && refresh()),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      fetched.show(view.visible);
      changed.fire(undefined);
    }),
    ...options.changes.map((change) => change(refresh)),
  ];
  const dispose = (): void => [view, fetched, changed, ...listening].forEach((one) => void one.dispose());
  return { view, refresh, redraw: () => changed.fire(undefined), dispose };
}

/** That the agent is away is said where the modules are, once for all views. */
function toProblemText({ problem }: Pick<Fetched<unknown>, 'problem'>): string | undefined {
  if (problem === undefined || problem.code.startsWith('agent-')) return undefined;
  return toPlainText(`${problem.message} (${problem.code}) ${problem.next}`);
}
