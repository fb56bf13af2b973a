import type { BoxGraph } from './boxGraph.ts';
import { ROOT, toContainers, type ContainedEdge, type Containers } from './containers.ts';
import { drawSkeleton, type Drawing } from './drawSkeleton.ts';
import { layoutEdited, type Before } from './editedLayout.ts';
import { layoutFresh } from './freshLayout.ts';
import type { Layout, LayoutRequest, PlacedEdge, PlacedGroup, PlacedNode, Point } from './layout.ts';
import { toPreviousPicture, type PreviousPicture } from './previousPicture.ts';

/**
 * Our layered layout, top to bottom: groups from the inside out, each a box of its size in the one that holds it. Pure and
 * deterministic: the same request gives the same picture. After an edit (`previous`) what is unchanged stays, and what did not move is
 * the same object as before.
 */
export function layoutGraph(request: LayoutRequest): Layout {
  const containers = toContainers(request);
  const previous = request.previous === undefined ? undefined : toPreviousPicture(request.previous, request, containers);
  const widths = new Float64Array(containers.boxes);
  const heights = new Float64Array(containers.boxes);
  for (let node = 0; node < containers.nodes; node++) {
    widths[node] = request.nodes[node]?.width ?? 0;
    heights[node] = request.nodes[node]?.height ?? 0;
  }
  const edgesOf = toEdgesOf(containers);
  const drawings = new Map<number, ContainerDrawing>();
  for (const container of [...containers.innerFirst, ROOT]) {
    const drawing = drawContainer({ containers, container, edges: edgesOf.get(container) ?? [], widths, heights, previous });
    drawings.set(container, drawing);
    if (container === ROOT) continue;
    const group = containers.groups[container - containers.nodes];
    if (group === undefined) continue;
    widths[container] = Math.max(group.width, drawing.drawing.width + 2 * group.padding);
    heights[container] = Math.max(group.height, group.header + drawing.drawing.height + 2 * group.padding);
  }
  return assemble({ request, containers, drawings, widths, heights, previous });
}

/** Numbers of drawn edges by container. */
function toEdgesOf({ edges, groups }: Containers): ReadonlyMap<number, readonly number[]> {
  if (groups.length === 0) return new Map([[ROOT, edges.map((_, index) => index)]]);
  const edgesOf = new Map<number, number[]>();
  edges.forEach(({ container }, index) => {
    const list = edgesOf.get(container);
    if (list === undefined) edgesOf.set(container, [index]);
    else list.push(index);
  });
  return edgesOf;
}

interface ContainerInput {
  readonly containers: Containers;
  readonly container: number;
  readonly edges: readonly number[];
  readonly widths: Float64Array;
  readonly heights: Float64Array;
  readonly previous: PreviousPicture | undefined;
}

interface ContainerDrawing {
  readonly children: readonly number[];
  /** numbers of drawn edges, with the number of each line in the drawing: edges between the same two boxes share one */
  readonly edges: readonly number[];
  readonly lineOf: Int32Array;
  readonly drawing: Drawing;
}

function drawContainer(input: ContainerInput): ContainerDrawing {
  const { containers, container, edges } = input;
  const children = containers.childrenOf.get(container) ?? [];
  const numberOf = new Int32Array(containers.boxes);
  children.forEach((box, index) => (numberOf[box] = index));
  const { lineOf, lines } = toLines(edges, containers, numberOf, children.length);
  const graph: BoxGraph = {
    widths: Float64Array.from(children, (box) => input.widths[box] ?? 0),
    heights: Float64Array.from(children, (box) => input.heights[box] ?? 0),
    from: Int32Array.from(lines, (index) => numberOf[containers.edges[index]?.from ?? 0] ?? 0),
    to: Int32Array.from(lines, (index) => numberOf[containers.edges[index]?.to ?? 0] ?? 0),
  };
  const before = input.previous === undefined ? undefined : toBefore(input, input.previous, children, lines);
  const skeleton = (before === undefined ? undefined : layoutEdited(graph, before)) ?? layoutFresh(graph);
  return { children, edges, lineOf, drawing: drawSkeleton(graph, skeleton) };
}

/** Edges of a container without repetition. Ends inside groups can make two edges one line; without groups there are none. */
function toLines(
  edges: readonly number[],
  { edges: all, groups }: Containers,
  numberOf: Int32Array,
  children: number,
): { readonly lineOf: Int32Array; readonly lines: readonly number[] } {
  if (groups.length === 0) return { lineOf: Int32Array.from(edges, (_, index) => index), lines: edges };
  const known = new Map<number, number>();
  const lines: number[] = [];
  const lineOf = Int32Array.from(edges, (index) => {
    const { from = 0, to = 0 }: Partial<ContainedEdge> = all[index] ?? {};
    const key = (numberOf[from] ?? 0) * children + (numberOf[to] ?? 0);
    const line = known.get(key) ?? lines.push(index) - 1;
    known.set(key, line);
    return line;
  });
  return { lineOf, lines };
}

/** `undefined` = nothing of this container was there. */
function toBefore(
  { containers, container }: ContainerInput,
  previous: PreviousPicture,
  children: readonly number[],
  lines: readonly number[],
): Before | undefined {
  const group = containers.groups[container - containers.nodes];
  const tops = previous.topsOf.get(group?.id);
  const box = container === ROOT ? undefined : previous.boxes[container];
  if (tops === undefined || (container !== ROOT && box === undefined)) return undefined;
  const corner: Point = { x: (box?.x ?? 0) + (group?.padding ?? 0), y: 0 };
  const placed = children.map((child) => {
    const there = previous.boxes[child];
    return there?.group === group?.id ? there : undefined;
  });
  return {
    rowOf: Int32Array.from(placed, (there) => there?.layer ?? -1),
    x: Float64Array.from(placed, (there) => (there === undefined ? 0 : there.x + there.width / 2 - corner.x)),
    widths: Float64Array.from(placed, (there) => there?.width ?? 0),
    routes: lines.map((index) => previous.edges[index]?.points),
    corner,
    tops,
  };
}

interface Assembly {
  readonly request: LayoutRequest;
  readonly containers: Containers;
  readonly drawings: ReadonlyMap<number, ContainerDrawing>;
  readonly widths: Float64Array;
  readonly heights: Float64Array;
  readonly previous: PreviousPicture | undefined;
}

/** From the coordinates of each container to those of the picture, outer containers first. */
function assemble({ request, containers, drawings, widths, heights, previous }: Assembly): Layout {
  const placed: (PlacedNode | PlacedGroup | undefined)[] = new Array<PlacedNode | PlacedGroup | undefined>(containers.boxes);
  const edges: (PlacedEdge | undefined)[] = new Array<PlacedEdge | undefined>(containers.edges.length);
  for (const container of [ROOT, ...containers.innerFirst.toReversed()]) {
    const drawn = drawings.get(container);
    if (drawn === undefined) continue;
    const group = containers.groups[container - containers.nodes];
    const box = container === ROOT ? undefined : placed[container];
    const corner: Point = {
      x: (box?.x ?? 0) + (group?.padding ?? 0),
      y: (box?.y ?? 0) + (group === undefined ? 0 : group.header + group.padding),
    };
    const { children, drawing } = drawn;
    children.forEach((child, index) => {
      const it = child < containers.nodes ? request.nodes[child] : containers.groups[child - containers.nodes];
      const place: PlacedGroup = {
        id: it?.id ?? '',
        ...(group === undefined ? {} : { group: group.id }),
        x: corner.x + (drawing.left[index] ?? 0),
        y: corner.y + (drawing.top[index] ?? 0),
        width: widths[child] ?? 0,
        height: heights[child] ?? 0,
        layer: drawing.rowOf[index] ?? 0,
      };
      placed[child] = sameBox(previous?.boxes[child], place) ?? place;
    });
    drawn.edges.forEach((index, at) => {
      edges[index] = toPlacedEdge(containers.edges[index], drawing, drawn.lineOf[at] ?? 0, corner, previous?.edges[index]);
    });
  }
  const root = drawings.get(ROOT)?.drawing;
  const all = placed.filter((box) => box !== undefined);
  return {
    nodes: all.slice(0, containers.nodes),
    groups: all.slice(containers.nodes),
    edges: edges.filter((edge) => edge !== undefined),
    width: root?.width ?? 0,
    height: root?.height ?? 0,
  };
}

function sameBox(before: PlacedGroup | undefined, now: PlacedGroup): PlacedGroup | undefined {
  const isSame =
    before !== undefined &&
    before.x === now.x &&
    before.y === now.y &&
    before.width === now.width &&
    before.height === now.height &&
    before.layer === now.layer &&
    before.group === now.group;
  return isSame ? before : undefined;
}

function toPlacedEdge(
  contained: ContainedEdge | undefined,
  { firstPoint, route }: Drawing,
  line: number,
  corner: Point,
  before: PlacedEdge | undefined,
): PlacedEdge | undefined {
  if (contained === undefined) return undefined;
  const from = firstPoint[line] ?? 0;
  const count = (firstPoint[line + 1] ?? 0) - from;
  const isSame = before?.points.length === count && before.points.every((point, index) => isAt(point, route, from + index, corner));
  if (isSame) return before;
  const points = Array.from({ length: count }, (_, index) => ({
    x: corner.x + (route[2 * (from + index)] ?? 0),
    y: corner.y + (route[2 * (from + index) + 1] ?? 0),
  }));
  return { from: contained.edge.from, to: contained.edge.to, points };
}

function isAt(point: Point, route: Float64Array, index: number, corner: Point): boolean {
  return point.x === corner.x + (route[2 * index] ?? 0) && point.y === corner.y + (route[2 * index + 1] ?? 0);
}
