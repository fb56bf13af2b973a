import type { GraphEdge, GraphModel, GraphNode } from './graphModel.ts';
import type { LayoutRequest } from './layout/layout.ts';

/** Boxes are all of one size: what stands on them is cut to it. */
const NODE_WIDTH = 228;
const NODE_HEIGHT = 74;
/** height of the title of an expanded workflow, and the room around what it holds */
export const GROUP_HEADER = 34;
const GROUP_PADDING = 16;

/** Nested workflows are expanded by themselves while no more boxes than these are on the picture. */
const BUDGET = 60;

/** What a person has expanded (`true`) and collapsed, by path; all others follow the budget. */
export interface Choices {
  readonly [path: string]: boolean;
}

/** What is on the picture: steps as boxes, expanded workflows as boxes around theirs, and the edges between what can be seen. */
export interface VisibleGraph {
  readonly nodes: readonly GraphNode[];
  readonly groups: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** paths of the steps that can be expanded, or are */
  readonly nesting: ReadonlySet<string>;
}

export function toVisible({ nodes, edges }: GraphModel, choices: Choices): VisibleGraph {
  const children = Map.groupBy(nodes, (node) => node.parent);
  const expanded = findExpanded(children, choices);
  const isShown = (node: GraphNode): boolean => node.parent === null || expanded.has(node.parent);
  const shown = nodes.filter(isShown);
  const known = new Set(shown.map((node) => node.id));
  return {
    nodes: shown.filter((node) => !expanded.has(node.id)),
    groups: shown.filter((node) => expanded.has(node.id)),
    edges: edges.filter((edge) => known.has(edge.from) && known.has(edge.to)),
    nesting: new Set([...children.keys()].filter((id) => id !== null)),
  };
}

/** Level by level, so that what is further out is expanded first. What stands in something collapsed is never in the answer. */
function findExpanded(children: ReadonlyMap<string | null, readonly GraphNode[]>, choices: Choices): ReadonlySet<string> {
  const expanded = new Set<string>();
  let level = children.get(null) ?? [];
  let count = level.length;
  while (level.length > 0) {
    const next: GraphNode[] = [];
    for (const { id } of level) {
      const inner = children.get(id);
      if (inner === undefined || !(choices[id] ?? count + inner.length <= BUDGET)) continue;
      expanded.add(id);
      count += inner.length;
      next.push(...inner);
    }
    level = next;
  }
  return expanded;
}

/** The choices that bring a step to sight: everything that it stands in is expanded. */
export function expandTo(id: string, { nodes }: GraphModel, choices: Choices): Choices {
  const parentOf = new Map(nodes.map((node) => [node.id, node.parent]));
  const next: { [path: string]: boolean } = { ...choices };
  for (let at = parentOf.get(id) ?? null; at !== null; at = parentOf.get(at) ?? null) next[at] = true;
  return next;
}

export function toLayoutRequest({ nodes, groups, edges }: VisibleGraph): LayoutRequest {
  const inGroup = (parent: string | null): { readonly group?: string } => (parent === null ? {} : { group: parent });
  const size = { width: NODE_WIDTH, height: NODE_HEIGHT };
  return {
    nodes: nodes.map(({ id, parent }) => ({ id, ...size, ...inGroup(parent) })),
    groups: groups.map(({ id, parent }) => ({ id, ...size, ...inGroup(parent), header: GROUP_HEADER, padding: GROUP_PADDING })),
    edges,
  };
}
