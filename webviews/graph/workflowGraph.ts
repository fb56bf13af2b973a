import type { WorkflowView } from '../../rde-agent/protocol/workspaceView.ts';
import type { GraphEdge, GraphModel, GraphNode } from './graphModel.ts';

/** Deeper ones are drawn as a single step: a broken file may nest itself. */
const MOST_DEPTH = 8;

/** A workflow as it is written, with the steps of those that it nests where `workflows` has them. */
export function toWorkflowGraph(workflow: WorkflowView, workflows: readonly WorkflowView[]): GraphModel {
  const byName = new Map(workflows.map((one) => [one.name, one]));
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  const add = (flow: WorkflowView, parent: string | null, above: readonly string[]): void => {
    const prefix = parent === null ? '' : `${parent}/`;
    for (const { id, name, kind } of flow.steps) {
      nodes.push({ id: prefix + id, label: id, name, kind, parent });
      const inner = kind === 'workflow' && above.length < MOST_DEPTH && !above.includes(name) ? byName.get(name) : undefined;
      if (inner !== undefined) add(inner, prefix + id, [...above, name]);
    }
    for (const { from, to } of flow.edges) edges.push({ from: prefix + from.step, to: prefix + to.step });
  };
  add(workflow, null, [workflow.name]);
  return { nodes, edges: toUnique(edges) };
}

function toUnique(edges: readonly GraphEdge[]): readonly GraphEdge[] {
  return [...new Map(edges.map((edge) => [`${edge.from}\n${edge.to}`, edge])).values()];
}
