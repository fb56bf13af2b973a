import type { RunView, StepView } from '../../rde-agent/protocol/runView.ts';
import { toStepPath } from '../protocol/stepPaths.ts';
import type { GraphEdge, GraphModel, GraphNode } from './graphModel.ts';

/**
 * A run as it was submitted, whatever the files say by now. Steps of runs inside it are known by their tasks (`check/score`, as
 * `followWholeRun` lists them) or, with what they need, from `inner`: the steps of the nested run by the path of the step that nests it.
 */
export function toRunGraph(run: RunView, inner: ReadonlyMap<string, readonly StepView[]> = new Map()): GraphModel {
  const nodes: GraphNode[] = [];
  const edges: GraphEdge[] = [];
  const childrenOf = Map.groupBy(findInnerPaths(run), (path) => path.slice(0, path.lastIndexOf('/')));
  const add = (steps: readonly StepView[], parent: string | null): void => {
    const prefix = parent === null ? '' : `${parent}/`;
    for (const { id, name, kind } of steps) {
      nodes.push({ id: prefix + id, label: id, name, kind, parent });
      add(inner.get(prefix + id) ?? toGuessed(childrenOf.get(prefix + id) ?? [], childrenOf), prefix + id);
    }
    for (const { id, needs } of steps) for (const from of needs) edges.push({ from: prefix + from, to: prefix + id });
  };
  add(run.steps, null);
  return { nodes, edges };
}

function findInnerPaths(run: RunView): readonly string[] {
  return [...new Set(run.order.map(toStepPath))].filter((path) => path.includes('/'));
}

/** Steps of which only the tasks are known. */
function toGuessed(paths: readonly string[], childrenOf: ReadonlyMap<string, readonly string[]>): readonly StepView[] {
  return paths.map((path) => {
    const kind = childrenOf.has(path) ? 'workflow' : 'module';
    return { id: path.slice(path.lastIndexOf('/') + 1), kind, name: '', needs: [], tasks: [] };
  });
}
