import {
  NO_WORKSPACE,
  reduceWorkspace,
  type ModuleView,
  type WorkflowView,
  type WorkspaceAction,
  type WorkspaceView,
} from '../protocol/workspaceView.ts';
import type { DiagnosticDocument } from '../protocol/documents.ts';

/** The parts of a view, computed anew. */
export interface WorkspaceParts {
  readonly modules: readonly ModuleView[];
  readonly workflows: readonly WorkflowView[];
  readonly diagnostics: readonly DiagnosticDocument[];
  readonly tree: string;
}

/** The view of a workspace with the number of its last action. Actions say only what is really different. */
export class WorkspaceState {
  readonly #onAction: (seq: number, action: WorkspaceAction) => void;
  readonly #texts = new Map<WorkspaceAction['type'], string>();
  #view: WorkspaceView;
  #seq = 0;

  constructor(root: string, pushed: string | null, onAction: (seq: number, action: WorkspaceAction) => void) {
    this.#view = { ...NO_WORKSPACE, root, pushed };
    this.#onAction = onAction;
  }

  get(): { readonly view: WorkspaceView; readonly seq: number } {
    return { view: this.#view, seq: this.#seq };
  }

  /** The name is not part of any action: it is there from the first view on, and changes with a new subscription. */
  rename(name: string): void {
    this.#view = { ...this.#view, name };
  }

  update(parts: WorkspaceParts): void {
    this.#change({ type: 'modulesChanged', modules: parts.modules }, parts.modules);
    this.#change({ type: 'workflowsChanged', workflows: parts.workflows }, parts.workflows);
    this.#change({ type: 'diagnosticsChanged', diagnostics: parts.diagnostics }, parts.diagnostics);
    this.#change({ type: 'treeChanged', tree: parts.tree }, parts.tree);
  }

  pushed(tree: string): void {
    this.#change({ type: 'pushed', tree }, tree);
  }

  #change(action: WorkspaceAction, content: unknown): void {
    const text = JSON.stringify(content);
    if (this.#texts.get(action.type) === text) return;
    this.#texts.set(action.type, text);
    this.#view = reduceWorkspace(this.#view, action);
    this.#seq += 1;
    this.#onAction(this.#seq, action);
  }
}
