import { toNeighbours } from './layeredGraph.ts';
import type { LayoutGroup, LayoutRequest } from './layout.ts';
import type { EdgeEnds } from './previousPicture.ts';
import { countUp, intAt } from './typedArrays.ts';

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
  readonly childrenOf: ReadonlyMap<number, Int32Array>;
  readonly edges: ContainedEdges;
}

/** The edges that are drawn, each once, with the two boxes of one container that each is drawn between. */
export interface ContainedEdges {
  /** numbers in the request */
  readonly edge: Int32Array;
  readonly container: Int32Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
}

export function toContainers({ nodes, groups = [] }: LayoutRequest, ends: EdgeEnds): Containers {
  const boxes = nodes.length + groups.length;
  const known = { nodes: nodes.length, groups, boxes };
  const drawn = withoutRepetition(boxes, ends);
  if (groups.length === 0) {
    const edges = { edge: drawn, container: new Int32Array(drawn.length).fill(ROOT), ...pick(ends, drawn) };
    return {
      ...known,
      containerOf: new Int32Array(boxes).fill(ROOT),
      innerFirst: [],
      childrenOf: new Map([[ROOT, countUp(boxes)]]),
      edges,
    };
  }
  const containerOf = toContainerOf(nodes, groups);
  const depthOf = toDepths(containerOf);
  const innerFirst = groups.map((_, index) => nodes.length + index).sort((a, b) => intAt(depthOf, b) - intAt(depthOf, a) || a - b);
  const childrenOf = toChildren(nodes.length, containerOf, innerFirst);
  return { ...known, containerOf, innerFirst, childrenOf, edges: toSiblingEdges(drawn, ends, containerOf, depthOf) };
}

/** Numbers of the edges whose ends are known, without those from a box to itself, and the first only of those between the same two. */
function withoutRepetition(boxes: number, { from, to }: EdgeEnds): Int32Array {
  const bucket = from.map((box, edge) => (box < 0 || intAt(to, edge) < 0 ? boxes : box));
  const { start, list } = toNeighbours(boxes + 1, bucket, countUp(from.length));
  const isDrawn = new Uint8Array(from.length);
  const metBy = new Int32Array(boxes).fill(-1);
  let count = 0;
  for (let box = 0; box < boxes; box++) {
    for (let at = intAt(start, box); at < intAt(start, box + 1); at++) {
      const target = intAt(to, intAt(list, at));
      if (target === box || metBy[target] === box) continue;
      metBy[target] = box;
      isDrawn[intAt(list, at)] = 1;
      count++;
    }
  }
  const drawn = new Int32Array(count);
  let next = 0;
  for (let edge = 0; edge < from.length; edge++) if (isDrawn[edge] === 1) drawn[next++] = edge;
  return drawn;
}

function pick({ from, to }: EdgeEnds, drawn: Int32Array): EdgeEnds {
  return { from: drawn.map((edge) => intAt(from, edge)), to: drawn.map((edge) => intAt(to, edge)) };
}

function toContainerOf(nodes: LayoutRequest['nodes'], groups: readonly LayoutGroup[]): Int32Array {
  const numberOf = new Map(groups.map((group, index) => [group.id, nodes.length + index]));
  const containerOf = new Int32Array(nodes.length + groups.length).fill(ROOT);
  nodes.forEach((node, box) => {
    if (node.group !== undefined) containerOf[box] = numberOf.get(node.group) ?? ROOT;
  });
  groups.forEach((group, index) => {
    if (group.group !== undefined) containerOf[nodes.length + index] = numberOf.get(group.group) ?? ROOT;
  });
  return containerOf;
}

/** How many groups a box is in. Where groups hold one another, which only broken input has, one of them is taken out. */
function toDepths(containerOf: Int32Array): Int32Array {
  const depthOf = new Int32Array(containerOf.length).fill(-1);
  for (let box = 0; box < containerOf.length; box++) {
    const path: number[] = [];
    for (let at = box; at !== ROOT && depthOf[at] === -1; at = containerOf[at] ?? ROOT) {
      if (path.includes(at)) {
        containerOf[path.at(-1) ?? at] = ROOT;
        break;
      }
      path.push(at);
    }
    for (const each of path.reverse()) {
      const container = containerOf[each] ?? ROOT;
      depthOf[each] = container === ROOT ? 0 : intAt(depthOf, container) + 1;
    }
  }
  return depthOf;
}

function toChildren(nodes: number, containerOf: Int32Array, innerFirst: readonly number[]): ReadonlyMap<number, Int32Array> {
  const order = countUp(containerOf.length).fill(nodes, nodes);
  const lift = (box: number): void => {
    const container = containerOf[box] ?? ROOT;
    if (container !== ROOT) order[container] = Math.min(intAt(order, container), intAt(order, box));
  };
  for (let box = 0; box < nodes; box++) lift(box);
  for (const box of innerFirst) lift(box);
  const childrenOf = new Map<number, number[]>([[ROOT, []]]);
  for (const box of innerFirst) childrenOf.set(box, []);
  for (let box = 0; box < containerOf.length; box++) childrenOf.get(containerOf[box] ?? ROOT)?.push(box);
  return new Map(
    [...childrenOf].map(([container, list]) => {
      return [container, Int32Array.from(list.sort((a, b) => intAt(order, a) - intAt(order, b) || a - b))];
    }),
  );
}

function toSiblingEdges(drawn: Int32Array, ends: EdgeEnds, containerOf: Int32Array, depthOf: Int32Array): ContainedEdges {
  const all = Array.from(drawn, (edge) => ({ edge, ...toSiblings(intAt(ends.from, edge), intAt(ends.to, edge), containerOf, depthOf) }));
  const apart = all.filter(({ from, to }) => from !== to);
  return {
    edge: Int32Array.from(apart, ({ edge }) => edge),
    container: Int32Array.from(apart, ({ from }) => containerOf[from] ?? ROOT),
    from: Int32Array.from(apart, ({ from }) => from),
    to: Int32Array.from(apart, ({ to }) => to),
  };
}

/** Out of the groups that hold one end only; the same box twice where one end is inside the other. */
function toSiblings(
  one: number,
  other: number,
  containerOf: Int32Array,
  depthOf: Int32Array,
): { readonly from: number; readonly to: number } {
  let from = one;
  let to = other;
  while (intAt(depthOf, from) > intAt(depthOf, to)) from = intAt(containerOf, from);
  while (intAt(depthOf, to) > intAt(depthOf, from)) to = intAt(containerOf, to);
  while (from !== to && containerOf[from] !== containerOf[to]) {
    from = intAt(containerOf, from);
    to = intAt(containerOf, to);
  }
  return { from, to };
}
