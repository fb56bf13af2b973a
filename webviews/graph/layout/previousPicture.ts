import type { Containers } from './containers.ts';
import type { Layout, LayoutEdge, LayoutRequest, PlacedEdge, PlacedGroup, PlacedNode } from './layout.ts';
import { matchLists } from './matchLists.ts';

/** The layout on screen, by the numbers of a request. */
export interface PreviousPicture {
  /** by box, nodes first */
  readonly boxes: readonly (PlacedNode | PlacedGroup | undefined)[];
  /** by drawn edge */
  readonly edges: readonly (PlacedEdge | undefined)[];
  /** upper border of each row, in the coordinates of the whole picture, by the id of the group (`undefined` = of no group) */
  readonly topsOf: ReadonlyMap<string | undefined, readonly number[]>;
}

export function toPreviousPicture(previous: Layout, request: LayoutRequest, containers: Containers): PreviousPicture {
  const edges = matchLists<LayoutEdge, PlacedEdge>(
    containers.edges.map(({ edge }) => edge),
    previous.edges,
    (edge) => `${edge.from}\n${edge.to}`,
    (one, other) => one.from === other.from && one.to === other.to,
  );
  return { boxes: toBoxes(previous, request), edges, topsOf: toTops(previous) };
}

/** A step that is opened in place was a node and is a group now, or the other way round. */
function toBoxes(previous: Layout, request: LayoutRequest): readonly (PlacedNode | PlacedGroup | undefined)[] {
  const wasGroup = new Map(previous.groups.map((group) => [group.id, group]));
  const nodes = matchLists(request.nodes, previous.nodes, idOf).map((node, index) =>
    node === undefined ? wasGroup.get(request.nodes[index]?.id ?? '') : node,
  );
  const opened = new Map((request.groups ?? []).flatMap((group) => (wasGroup.has(group.id) ? [] : [[group.id, undefined]])));
  const wasNode = opened.size === 0 ? undefined : new Map(previous.nodes.flatMap((node) => (opened.has(node.id) ? [[node.id, node]] : [])));
  return [...nodes, ...(request.groups ?? []).map((group) => wasGroup.get(group.id) ?? wasNode?.get(group.id))];
}

function idOf(box: { readonly id: string }): string {
  return box.id;
}

function toTops(previous: Layout): ReadonlyMap<string | undefined, readonly number[]> {
  const topsOf = new Map<string | undefined, number[]>();
  const add = ({ group, layer, y }: PlacedNode | PlacedGroup): void => {
    let tops = topsOf.get(group);
    if (tops === undefined) topsOf.set(group, (tops = []));
    tops[layer] = y;
  };
  previous.nodes.forEach(add);
  previous.groups.forEach(add);
  return topsOf;
}
