import type { CheckedWorkspace } from '../../language/service/checkWorkspace.ts';
import { resolveWorkflow } from '../../language/service/resolveWorkflow.ts';
import { toWorkflowGraph } from '../../language/service/workflowGraph.ts';
import type { WorkflowView } from '../protocol/workspaceView.ts';

/** Every workflow with its graph, also those with errors: what can be drawn is drawn. */
export function toWorkflowViews(checked: CheckedWorkspace): readonly WorkflowView[] {
  return [...checked.model.workflows.values()].map((definition) => {
    const { name, file, value } = definition;
    const resolution = resolveWorkflow(checked, name);
    const errors = resolution.kind === 'broken' ? resolution.diagnostics.length : 0;
    return {
      name,
      file,
      description: value?.description ?? '',
      params: value?.params ?? [],
      ...toWorkflowGraph(checked.model, definition),
      errors,
    };
  });
}
