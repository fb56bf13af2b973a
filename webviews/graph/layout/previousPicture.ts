import type { Layout, LayoutEdge, LayoutRequest, PlacedGroup } from './layout.ts';
import { matchLists } from './matchLists.ts';
import { intAt } from './typedArrays.ts';

/** The ends of edges as numbers of boxes, nodes first, then groups; -1 = there is no such box. */
export interface EdgeEnds {
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/** The layout on screen, by the numbers of a request. */
export interface PreviousPicture {
  readonly layout: Layout;
  /** by box: its number then, or -1 */
  readonly boxes: Int32Array;
  /** by edge of the request: its number then, or -1 */
  readonly edges: Int32Array;
}

/** Ends follow from a layout; they are remembered for those made here, because finding them means looking up every id. */
const knownEnds = new WeakMap<Layout, EdgeEnds>();

export function rememberEnds(layout: Layout, ends: EdgeEnds): void {
  knownEnds.set(layout, ends);
}

export function toPreviousPicture(layout: Layout, request: LayoutRequest): PreviousPicture {
  return { layout, boxes: matchBoxes(layout, request), edges: matchLists(request.edges, layout.edges, toEdgeKey, isSameEdge) };
}

/** By a number of then, which may be -1. */
export function boxThen({ nodes, groups }: Layout, number: number): PlacedGroup | undefined {
  return number < nodes.length ? nodes[number] : groups[number - nodes.length];
}

/** A step that is opened in place was a node and is a group now, or the other way round. */
function matchBoxes(layout: Layout, { nodes, groups = [] }: LayoutRequest): Int32Array {
  const match = new Int32Array(nodes.length + groups.length);
  match.set(matchLists(nodes, layout.nodes, idOf, hasSameId));
  if (layout.groups.length > 0) {
    const wasGroup = new Map(layout.groups.map((group, index) => [group.id, layout.nodes.length + index]));
    nodes.forEach((node, index) => {
      if (match[index] === -1) match[index] = wasGroup.get(node.id) ?? -1;
    });
    groups.forEach((group, index) => (match[nodes.length + index] = wasGroup.get(group.id) ?? -1));
  } else match.fill(-1, nodes.length);
  const opened = new Map(groups.flatMap((group, index) => (match[nodes.length + index] === -1 ? [[group.id, nodes.length + index]] : [])));
  if (opened.size === 0) return match;
  layout.nodes.forEach((node, index) => {
    const box = opened.get(node.id);
    if (box !== undefined) match[box] = index;
  });
  return match;
}

function idOf(box: { readonly id: string }): string {
  return box.id;
}

function hasSameId(one: { readonly id: string }, other: { readonly id: string }): boolean {
  return one.id === other.id;
}

function toEdgeKey({ from, to }: LayoutEdge): string {
  return JSON.stringify([from, to]);
}

function isSameEdge(one: LayoutEdge, other: LayoutEdge): boolean {
  return one.from === other.from && one.to === other.to;
}

interface Named {
  readonly nodes: readonly { readonly id: string }[];
  readonly groups?: readonly { readonly id: string }[];
  readonly edges: readonly LayoutEdge[];
}

/** The ends of edges: those that were there before are known by number, the others are looked up. */
export function findEnds(request: Named, previous: PreviousPicture | undefined): EdgeEnds {
  const ends = { from: new Int32Array(request.edges.length), to: new Int32Array(request.edges.length) };
  const find = createLookUp(request);
  const then = previous === undefined ? undefined : (knownEnds.get(previous.layout) ?? findEnds(previous.layout, undefined));
  const nowOf = previous === undefined ? new Int32Array(0) : invert(previous);
  request.edges.forEach((edge, index) => {
    const number = previous?.edges[index] ?? -1;
    const from = then === undefined || number < 0 ? -1 : intAt(nowOf, intAt(then.from, number));
    const to = then === undefined || number < 0 ? -1 : intAt(nowOf, intAt(then.to, number));
    ends.from[index] = from >= 0 ? from : find(edge.from);
    ends.to[index] = to >= 0 ? to : find(edge.to);
  });
  return ends;
}

/** By number of then: the number of now, or -1. */
function invert({ layout, boxes }: PreviousPicture): Int32Array {
  const nowOf = new Int32Array(layout.nodes.length + layout.groups.length).fill(-1);
  boxes.forEach((number, box) => {
    if (number >= 0) nowOf[number] = box;
  });
  return nowOf;
}

/** How many ids are searched for before all are put into a table. */
const SEARCHES = 8;

function createLookUp({ nodes, groups = [] }: Named): (id: string) => number {
  let table: Map<string, number> | undefined;
  let searches = 0;
  return (id) => {
    if (table === undefined && searches++ < SEARCHES) {
      const group = groups.findLastIndex((one) => one.id === id);
      return group >= 0 ? nodes.length + group : nodes.findLastIndex((one) => one.id === id);
    }
    table ??= new Map([...nodes, ...groups].map((box, index) => [box.id, index]));
    return table.get(id) ?? -1;
  };
}
