import type { Param } from '../../language/model/module.ts';
import type { DiagnosticDocument } from './documents.ts';

/** A port as lists and graphs show it; `type` is a short text (`toPortTypeText`). */
export interface PortView {
  readonly name: string;
  readonly type: string;
}

export interface ModuleView {
  readonly name: string;
  /** of module.yaml, relative to the root */
  readonly file: string;
  readonly kind: string;
  readonly description: string;
  readonly entry: { readonly file: string; readonly function: string };
  readonly inputs: readonly PortView[];
  readonly outputs: readonly PortView[];
  /** last good artifact; `null` = not built yet */
  readonly artifact: string | null;
  readonly build: { readonly state: 'none' | 'built' | 'failed'; readonly seconds: number; readonly message: string };
  /** of the run role, newest move last known: tag name → artifact */
  readonly tags: { readonly [tag: string]: string };
}

export interface GraphStep {
  readonly id: string;
  readonly kind: 'module' | 'dataset' | 'workflow';
  readonly name: string;
  /** of the step's key in the workflow file, from 1 */
  readonly line: number;
  /** names of the fan-out's elements; `null` = no fan-out, or (`isDynamic`) one whose elements are known only when it runs */
  readonly elements: readonly string[] | null;
  /** present for a fan-out over an output of another step */
  readonly isDynamic?: true;
  readonly inputs: readonly PortView[];
  readonly outputs: readonly PortView[];
}

export interface GraphEdge {
  readonly from: { readonly step: string; readonly port: string };
  readonly to: { readonly step: string; readonly port: string };
}

export interface WorkflowView {
  readonly name: string;
  readonly file: string;
  readonly description: string;
  readonly params: readonly Param[];
  readonly steps: readonly GraphStep[];
  readonly edges: readonly GraphEdge[];
  /** number of errors that prevent a run */
  readonly errors: number;
}

/** What the workspace role knows about a folder of files. */
export interface WorkspaceView {
  readonly root: string;
  readonly name: string;
  readonly modules: readonly ModuleView[];
  readonly workflows: readonly WorkflowView[];
  readonly diagnostics: readonly DiagnosticDocument[];
  /** digest of the tree on disk as last indexed */
  readonly tree: string;
  /** digest of the tree last pushed; `null` = never */
  readonly pushed: string | null;
}

/** Numbered changes of a `workspace:/<root>` subscription. Lists are replaced whole: they are small and change rarely. */
export type WorkspaceAction =
  | { readonly type: 'modulesChanged'; readonly modules: readonly ModuleView[] }
  | { readonly type: 'workflowsChanged'; readonly workflows: readonly WorkflowView[] }
  | { readonly type: 'diagnosticsChanged'; readonly diagnostics: readonly DiagnosticDocument[] }
  | { readonly type: 'treeChanged'; readonly tree: string }
  | { readonly type: 'pushed'; readonly tree: string };

export const NO_WORKSPACE: WorkspaceView = { root: '', name: '', modules: [], workflows: [], diagnostics: [], tree: '', pushed: null };

/** Pure; shared by both ends. An action of an unknown type changes nothing. */
export function reduceWorkspace(view: WorkspaceView, action: WorkspaceAction): WorkspaceView {
  switch (action.type) {
    case 'modulesChanged':
      return { ...view, modules: action.modules };
    case 'workflowsChanged':
      return { ...view, workflows: action.workflows };
    case 'diagnosticsChanged':
      return { ...view, diagnostics: action.diagnostics };
    case 'treeChanged':
      return { ...view, tree: action.tree };
    case 'pushed':
      return { ...view, pushed: action.tree };
    default:
      action satisfies never;
      return view;
  }
}
