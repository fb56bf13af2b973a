import type { BoxGraph } from './boxGraph.ts';
import { ROOT, type Containers } from './containers.ts';
import { drawSkeleton, type Drawing } from './drawSkeleton.ts';
import { layoutEdited, type Before } from './editedLayout.ts';
import { layoutFresh } from './freshLayout.ts';
import type { Layout, LayoutGroup, Point } from './layout.ts';
import { boxThen, type PreviousPicture } from './previousPicture.ts';
import { floatAt, intAt } from './typedArrays.ts';

interface ContainerInput {
  readonly containers: Containers;
  readonly container: number;
  /** by box; those of the groups in this container are known already */
  readonly widths: Float64Array;
  readonly heights: Float64Array;
  readonly previous: PreviousPicture | undefined;
  /** number of boxes from which on a layout from nothing is not made here */
  readonly mostFresh: number;
}

export interface ContainerDrawing {
  readonly children: Int32Array;
  /** numbers of drawn edges, each with the number of its line in the drawing: edges between the same two boxes share one */
  readonly edges: Int32Array;
  readonly lineOf: Int32Array;
  readonly drawing: Drawing;
}

/** What stands in a container, from the container's own corner; `undefined` where that is too much. */
export function drawContainer(input: ContainerInput): ContainerDrawing | undefined {
  const { containers, container } = input;
  const children = containers.childrenOf.get(container) ?? new Int32Array(0);
  const numberOf = new Int32Array(containers.boxes);
  for (let index = 0; index < children.length; index++) numberOf[intAt(children, index)] = index;
  const edges = toEdgesOf(containers, container);
  const { lineOf, lines } = toLines(edges, containers, numberOf, children.length);
  const graph: BoxGraph = {
    widths: new Float64Array(children.length),
    heights: new Float64Array(children.length),
    from: lines.map((edge) => intAt(numberOf, intAt(containers.edges.from, edge))),
    to: lines.map((edge) => intAt(numberOf, intAt(containers.edges.to, edge))),
  };
  for (let index = 0; index < children.length; index++) {
    graph.widths[index] = floatAt(input.widths, intAt(children, index));
    graph.heights[index] = floatAt(input.heights, intAt(children, index));
  }
  const before = input.previous === undefined ? undefined : toBefore(input, input.previous, children, lines);
  const edited = before === undefined ? undefined : layoutEdited(graph, before);
  if (edited === undefined && children.length > input.mostFresh) return undefined;
  const skeleton = edited ?? layoutFresh(graph);
  return { children, edges, lineOf, drawing: drawSkeleton(graph, skeleton) };
}

function toEdgesOf({ edges, groups }: Containers, container: number): Int32Array {
  const all = edges.edge.map((_, index) => index);
  return groups.length === 0 ? all : all.filter((index) => edges.container[index] === container);
}

interface Lines {
  readonly lineOf: Int32Array;
  /** by line: the first edge that it is drawn for */
  readonly lines: Int32Array;
}

/** Edges of a container without repetition: ends inside groups can make two edges one line. */
function toLines(edges: Int32Array, { edges: all, groups }: Containers, numberOf: Int32Array, children: number): Lines {
  if (groups.length === 0) return { lineOf: edges, lines: edges };
  const known = new Map<number, number>();
  const lines: number[] = [];
  const lineOf = edges.map((edge) => {
    const key = intAt(numberOf, intAt(all.from, edge)) * children + intAt(numberOf, intAt(all.to, edge));
    const line = known.get(key) ?? lines.push(edge) - 1;
    known.set(key, line);
    return line;
  });
  return { lineOf, lines: Int32Array.from(lines) };
}

/** `undefined` = nothing of this container was there. */
function toBefore(
  { containers, container }: ContainerInput,
  previous: PreviousPicture,
  children: Int32Array,
  lines: Int32Array,
): Before | undefined {
  const { layout } = previous;
  const group = containers.groups[container - containers.nodes];
  const box = container === ROOT ? undefined : boxThen(layout, intAt(previous.boxes, container));
  const tops = toTops(layout, group?.id);
  if (tops.length === 0 || (container !== ROOT && box === undefined)) return undefined;
  const corner = toCorner(box, group);
  const before = {
    rowOf: new Int32Array(children.length).fill(-1),
    x: new Float64Array(children.length),
    widths: new Float64Array(children.length),
  };
  for (let index = 0; index < children.length; index++) {
    const there = boxThen(layout, intAt(previous.boxes, intAt(children, index)));
    if (there === undefined || there.group !== group?.id) continue;
    before.rowOf[index] = there.layer;
    before.x[index] = there.x + there.width / 2 - corner.x;
    before.widths[index] = there.width;
  }
  const routes: (readonly Point[] | undefined)[] = [];
  for (let line = 0; line < lines.length; line++) {
    routes.push(layout.edges[intAt(previous.edges, intAt(containers.edges.edge, intAt(lines, line)))]?.points);
  }
  return { ...before, routes, corner, tops };
}

function toCorner(box: Point | undefined, group: LayoutGroup | undefined): Point {
  return { x: (box?.x ?? 0) + (group?.padding ?? 0), y: (box?.y ?? 0) + (group === undefined ? 0 : group.header + group.padding) };
}

/** Upper border of each row of a container, in the coordinates of the whole picture. */
function toTops(layout: Layout, group: string | undefined): readonly number[] {
  const tops: number[] = [];
  for (const node of layout.nodes) if (node.group === group) tops[node.layer] = node.y;
  for (const box of layout.groups) if (box.group === group) tops[box.layer] = box.y;
  return tops;
}
