import type { DiffDocument, DiffNode, DiffStep } from '../../../rde-agent/protocol/comparisons.ts';
import type { GraphModel, GraphNode } from '../../graph/graphModel.ts';
import { toStepPath } from '../../protocol/stepPaths.ts';

type ListedNode = Pick<DiffNode, 'step' | 'kind' | 'name' | 'needs'>;

/** The steps of both runs as one graph; of an agent that does not tell how they hang together only the steps. */
export function toCompareGraph({ graph, steps }: DiffDocument): GraphModel {
  const listed: readonly ListedNode[] = graph ?? toListed(steps);
  const known = new Set(listed.map(({ step }) => step));
  return {
    nodes: listed.map(toNode),
    edges: listed.flatMap(({ step, needs }) => needs.filter((need) => known.has(need)).map((from) => ({ from, to: step }))),
  };
}

function toNode({ step, kind, name }: ListedNode): GraphNode {
  const end = step.lastIndexOf('/');
  return { id: step, label: step.slice(end + 1), name, kind, parent: end < 0 ? null : step.slice(0, end) };
}

function toListed(steps: readonly DiffStep[]): readonly ListedNode[] {
  const byPath = new Map(steps.map((step) => [toStepPath(step.step), step]));
  return [...byPath].map(([step, { module, dataset, workflow }]) => ({
    step,
    kind: workflow !== undefined ? 'workflow' : dataset !== undefined ? 'dataset' : 'module',
    name: module ?? dataset ?? workflow ?? '',
    needs: [],
  }));
}
