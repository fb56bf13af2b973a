import type { PlanDocument } from '../../rde-agent/protocol/documents.ts';
import type { RunView } from '../../rde-agent/protocol/runView.ts';
import type { GraphStep, WorkflowView } from '../../rde-agent/protocol/workspaceView.ts';
import { toPlanStatuses, type PlanStatus } from '../protocol/planStatus.ts';
import { toStepStatus, type StepStatus } from '../shared/stepStatus.ts';
import type { Layout } from '../graph/layout/layout.ts';
import { layoutGraph } from '../graph/layout/layoutGraph.ts';

export const NODE_WIDTH = 228;
export const NODE_HEIGHT = 74;

export interface GraphNode {
  readonly step: GraphStep;
  readonly x: number;
  readonly y: number;
  /** `null` = no run drawn over it, or the run does not have this step */
  readonly status: StepStatus | null;
  /** a plan stands over the run while it is shown; `null` = no plan, or one without this step */
  readonly plan: PlanStatus | null;
}

/** Places depend on the structure alone, so that states never move a node. */
export function toLayout(workflow: WorkflowView): Layout {
  const nodes = workflow.steps.map((step) => ({ id: step.id, width: NODE_WIDTH, height: NODE_HEIGHT }));
  return layoutGraph({ nodes, edges: workflow.edges.map((edge) => ({ from: edge.from.step, to: edge.to.step })) });
}

/** What a layout depends on; equal texts have equal layouts. */
export function toStructureKey(workflow: WorkflowView): string {
  return JSON.stringify([workflow.steps.map((step) => step.id), workflow.edges.map((edge) => [edge.from.step, edge.to.step])]);
}

export function toNodes(workflow: WorkflowView, layout: Layout, run: RunView | null, plan: PlanDocument | null): readonly GraphNode[] {
  const places = new Map(layout.nodes.map((node) => [node.id, node]));
  const stepsOfRun = new Map(run?.steps.map((step) => [step.id, step]));
  const planned = plan === null ? undefined : toPlanStatuses(plan);
  return workflow.steps.map((step) => {
    const place = places.get(step.id);
    const inRun = stepsOfRun.get(step.id);
    const status = run === null || inRun === undefined ? null : toStepStatus(inRun, run);
    return { step, x: place?.x ?? 0, y: place?.y ?? 0, status, plan: planned?.get(step.id) ?? null };
  });
}

export type Direction = 'up' | 'down' | 'left' | 'right';

/** The nearest node in a direction, for moving the selection with arrow keys; the same node where there is none. */
export function nextNode(nodes: readonly GraphNode[], from: string, direction: Direction): string {
  const start = nodes.find((node) => node.step.id === from);
  if (start === undefined) return nodes[0]?.step.id ?? from;
  const ahead = nodes
    .filter((node) => node !== start)
    .map((node) => ({ node, ...distance(node.x - start.x, node.y - start.y, direction) }))
    .filter((one) => one.along > 0 && (direction === 'up' || direction === 'down' || one.across === 0))
    // Rows first: the next row is never passed over for a node that is straight ahead but further away.
    .sort((a, b) => a.along - b.along || a.across - b.across);
  return ahead[0]?.node.step.id ?? from;
}

function distance(dx: number, dy: number, direction: Direction): { readonly along: number; readonly across: number } {
  switch (direction) {
    case 'up':
      return { along: -dy, across: Math.abs(dx) };
    case 'down':
      return { along: dy, across: Math.abs(dx) };
    case 'left':
      return { along: -dx, across: Math.abs(dy) };
    case 'right':
      return { along: dx, across: Math.abs(dy) };
  }
}

/** What a screen reader says of a node after what stands on it: why. Sighted people find it in the tip and in the detail. */
export function toNodeNote({ status, plan }: GraphNode): string {
  const reasons = plan?.reasons ?? status?.tasks.flatMap((task) => task.reasons) ?? [];
  return [...new Set(reasons.map((reason) => reason.message))].slice(0, 3).join('; ');
}
