import type { PushedWorkflow } from './portalDocuments.ts';

/** Workflows as they were last pushed, by name, as `workflow.list` answers. Subscription `workflows:/`. */
export interface WorkflowsView {
  readonly workflows: readonly PushedWorkflow[];
  /** Another number whenever a plan of one may be another: something was pushed, a tag moved, a run ended, results were thrown away or fell from trust. */
  readonly plans: number;
}

export type WorkflowsAction =
  { readonly type: 'workflowPushed'; readonly workflow: PushedWorkflow } | { readonly type: 'plansChanged'; readonly plans: number };

/** Pure; shared by both ends. An action of an unknown type changes nothing. */
export function reduceWorkflows(view: WorkflowsView, action: WorkflowsAction): WorkflowsView {
  switch (action.type) {
    case 'workflowPushed': {
      const others = view.workflows.filter(({ workflow }) => workflow !== action.workflow.workflow);
      return { ...view, workflows: [...others, action.workflow].sort((one, other) => (one.workflow < other.workflow ? -1 : 1)) };
    }
    case 'plansChanged':
      return { ...view, plans: action.plans };
    default:
      action satisfies never;
      return view;
  }
}
