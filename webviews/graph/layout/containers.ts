import type { LayoutEdge, LayoutGroup, LayoutRequest } from './layout.ts';

/** The picture as a whole: the container of what is in no group. */
export const ROOT = -1;

/** A request by number: nodes first, then groups. */
export interface Containers {
  readonly nodes: number;
  readonly groups: readonly LayoutGroup[];
  readonly boxes: number;
  /** by box: the number of its group's box, or `ROOT` */
  readonly containerOf: Int32Array;
  /** the groups' boxes, inner ones first */
  readonly innerFirst: readonly number[];
  /** what stands in a container, in the order of the request; a group stands where the first node in it does */
  readonly childrenOf: ReadonlyMap<number, readonly number[]>;
  /** those that are drawn, each once */
  readonly edges: readonly ContainedEdge[];
}

/** An edge with the boxes of one container that it is drawn between. */
export interface ContainedEdge {
  readonly edge: LayoutEdge;
  readonly container: number;
  readonly from: number;
  readonly to: number;
}

export function toContainers({ nodes, edges, groups = [] }: LayoutRequest): Containers {
  const boxes = nodes.length + groups.length;
  const numberOf = new Map<string, number>();
  for (let node = 0; node < nodes.length; node++) numberOf.set(nodes[node]?.id ?? '', node);
  groups.forEach((group, index) => numberOf.set(group.id, nodes.length + index));
  const containerOf = new Int32Array(boxes).fill(ROOT);
  const put = (box: number, group: string | undefined): void => {
    const container = group === undefined ? ROOT : (numberOf.get(group) ?? ROOT);
    if (container >= nodes.length) containerOf[box] = container;
  };
  nodes.forEach((node, box) => put(box, node.group));
  groups.forEach((group, index) => put(nodes.length + index, group.group));
  const depthOf = toDepths(containerOf);
  const innerFirst = groups.map((_, index) => nodes.length + index).sort((a, b) => (depthOf[b] ?? 0) - (depthOf[a] ?? 0) || a - b);
  return {
    nodes: nodes.length,
    groups,
    boxes,
    containerOf,
    innerFirst,
    childrenOf: toChildren(nodes.length, containerOf, innerFirst),
    edges: toContainedEdges(edges, numberOf, containerOf, depthOf),
  };
}

/** How many groups a box is in. Groups that hold one another, which only broken input has, are taken out of their groups. */
function toDepths(containerOf: Int32Array): Int32Array {
  const depthOf = new Int32Array(containerOf.length).fill(-1);
  for (let box = 0; box < containerOf.length; box++) {
    const path: number[] = [];
    const met = new Set<number>();
    let at = box;
    while (at !== ROOT && depthOf[at] === -1) {
      if (met.has(at)) containerOf[at] = ROOT;
      met.add(at);
      path.push(at);
      at = containerOf[at] ?? ROOT;
    }
    for (const each of path.reverse()) {
      const container = containerOf[each] ?? ROOT;
      depthOf[each] = container === ROOT ? 0 : (depthOf[container] ?? 0) + 1;
    }
  }
  return depthOf;
}

function toChildren(nodes: number, containerOf: Int32Array, innerFirst: readonly number[]): ReadonlyMap<number, readonly number[]> {
  const order = Int32Array.from(containerOf, (_, box) => (box < nodes ? box : Number.MAX_SAFE_INTEGER));
  if (innerFirst.length > 0) {
    order.fill(nodes, nodes);
    const lift = (box: number): void => {
      const container = containerOf[box] ?? ROOT;
      if (container !== ROOT) order[container] = Math.min(order[container] ?? 0, order[box] ?? 0);
    };
    for (let box = 0; box < nodes; box++) lift(box);
    for (const box of innerFirst) lift(box);
  }
  const childrenOf = new Map<number, number[]>([[ROOT, []]]);
  for (const box of innerFirst) childrenOf.set(box, []);
  for (let box = 0; box < containerOf.length; box++) childrenOf.get(containerOf[box] ?? ROOT)?.push(box);
  if (innerFirst.length > 0) for (const list of childrenOf.values()) list.sort((a, b) => (order[a] ?? 0) - (order[b] ?? 0) || a - b);
  return childrenOf;
}

function toContainedEdges(
  edges: readonly LayoutEdge[],
  numberOf: ReadonlyMap<string, number>,
  containerOf: Int32Array,
  depthOf: Int32Array,
): readonly ContainedEdge[] {
  const drawn: ContainedEdge[] = [];
  const seen = new Set<number>();
  for (const edge of edges) {
    const from = numberOf.get(edge.from);
    const to = numberOf.get(edge.to);
    if (from === undefined || to === undefined) continue;
    const key = from * containerOf.length + to;
    if (seen.has(key)) continue;
    seen.add(key);
    const ends = toSiblings(from, to, containerOf, depthOf);
    if (ends !== undefined) drawn.push({ edge, ...ends });
  }
  return drawn;
}

/** Out of the groups that hold one end only. */
function toSiblings(from: number, to: number, containerOf: Int32Array, depthOf: Int32Array): Omit<ContainedEdge, 'edge'> | undefined {
  let one = from;
  let other = to;
  while ((depthOf[one] ?? 0) > (depthOf[other] ?? 0)) one = containerOf[one] ?? ROOT;
  while ((depthOf[other] ?? 0) > (depthOf[one] ?? 0)) other = containerOf[other] ?? ROOT;
  while (one !== other && containerOf[one] !== containerOf[other]) {
    one = containerOf[one] ?? ROOT;
    other = containerOf[other] ?? ROOT;
  }
  return one === other ? undefined : { container: containerOf[one] ?? ROOT, from: one, to: other };
}
