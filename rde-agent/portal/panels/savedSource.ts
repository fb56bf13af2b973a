import { findNested } from '../../../webviews/protocol/nestedSteps.ts';
import { t } from '../../../webviews/protocol/words.ts';
import type { PortalLink } from '../wire/portalLink.ts';
import type { WorkspaceView } from '../../protocol/workspaceView.ts';
import type { ShownWorkflow, WorkflowSource } from './workflowSource.ts';

/** A workflow as it is saved in a workspace that is open. */
export function createSavedSource(link: PortalLink, root: string, name: string): WorkflowSource {
  return {
    follow: (listener) => link.followWorkspace(root, (view) => listener(toShown(view, name))),
    plan: (params, signal) => link.request('workspace.plan', { root, workflow: name, params }, signal),
  };
}

function toShown(view: WorkspaceView, name: string): ShownWorkflow {
  const { name: workspace, tree, workflows } = view;
  const workflow = workflows.find((one) => one.name === name) ?? null;
  const nested = workflow === null ? [] : findNested(workflow, workflows);
  const message = workflow === null ? t('{0} cannot be drawn: its file has errors.', name) : '';
  return { workflow, nested, message, workspace, tree, code: view };
}
