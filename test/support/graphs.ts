import type { GraphStep, WorkflowView } from '../../rde-agent/protocol/workspaceView.ts';
import type { Scene } from '../../webviews/graph/drawing/scene.ts';
import { toScene } from '../../webviews/graph/drawing/scene.ts';
import { layoutGraph } from '../../webviews/graph/layout/layoutGraph.ts';
import { toLayoutRequest, toVisible, type Choices } from '../../webviews/graph/visibleGraph.ts';
import { toWorkflowGraph } from '../../webviews/graph/workflowGraph.ts';

/** A workflow as a workspace shows it. `steps`: id → the ids that it needs; `nests`: id → the workflow that it nests. */
export function sketchWorkflow(
  name: string,
  steps: { readonly [id: string]: readonly string[] },
  nests: { readonly [id: string]: string } = {},
): WorkflowView {
  const toStep = (id: string, index: number): GraphStep => ({
    id,
    kind: id in nests ? 'workflow' : 'module',
    name: nests[id] ?? `demo/${id}`,
    line: index + 3,
    elements: null,
    inputs: [],
    outputs: [],
  });
  return {
    name,
    file: `${name}.workflow.yaml`,
    description: '',
    params: [],
    errors: 0,
    steps: Object.keys(steps).map(toStep),
    edges: Object.entries(steps).flatMap(([id, needs]) =>
      needs.map((need) => ({ from: { step: need, port: 'out' }, to: { step: id, port: 'in' } })),
    ),
  };
}

/** load → clean → check (fit → score) → report, and load → report */
export const inner = sketchWorkflow('demo/inner', { fit: [], score: ['fit'] });
export const outer = sketchWorkflow(
  'demo/outer',
  { load: [], clean: ['load'], check: ['clean'], report: ['check', 'load'] },
  { check: 'demo/inner' },
);

/** The picture of a workflow with what it nests. */
export function sketchScene(workflow: WorkflowView, nested: readonly WorkflowView[], choices: Choices = {}): Scene {
  const visible = toVisible(toWorkflowGraph(workflow, nested), choices);
  return toScene(visible, layoutGraph(toLayoutRequest(visible)));
}
