import { ROOT, type Containers } from './containers.ts';
import type { ContainerDrawing } from './drawContainer.ts';
import type { Drawing } from './drawSkeleton.ts';
import type { Layout, LayoutEdge, LayoutGroup, LayoutRequest, PlacedEdge, PlacedGroup, Point } from './layout.ts';
import { boxThen, type PreviousPicture } from './previousPicture.ts';
import { floatAt, intAt } from './typedArrays.ts';

interface Assembly {
  readonly request: LayoutRequest;
  readonly containers: Containers;
  readonly drawings: ReadonlyMap<number, ContainerDrawing>;
  readonly widths: Float64Array;
  readonly heights: Float64Array;
  readonly previous: PreviousPicture | undefined;
}

/** From the coordinates of each container to those of the picture, outer containers first. */
export function assemble(assembly: Assembly): Layout {
  const { containers, drawings } = assembly;
  const nodes: PlacedGroup[] = [];
  const groups: PlacedGroup[] = [];
  const edges: PlacedEdge[] = [];
  for (const container of [ROOT, ...containers.innerFirst.toReversed()]) {
    const drawn = drawings.get(container);
    if (drawn === undefined) continue;
    const group = container === ROOT ? undefined : containers.groups[container - containers.nodes];
    const corner = toCorner(groups[container - containers.nodes], group);
    drawn.children.forEach((child, index) => {
      const placed = toPlacedBox(assembly, child, drawn.drawing, index, corner, group?.id);
      if (child < containers.nodes) nodes[child] = placed;
      else groups[child - containers.nodes] = placed;
    });
    drawn.edges.forEach((edge, at) => {
      const number = intAt(containers.edges.edge, edge);
      const before = assembly.previous?.layout.edges[intAt(assembly.previous.edges, number)];
      edges[edge] = toPlacedEdge(assembly.request.edges[number], drawn.drawing, intAt(drawn.lineOf, at), corner, before);
    });
  }
  const root = drawings.get(ROOT)?.drawing;
  return { nodes, groups, edges, width: root?.width ?? 0, height: root?.height ?? 0 };
}

function toCorner(box: Point | undefined, group: LayoutGroup | undefined): Point {
  if (box === undefined || group === undefined) return { x: 0, y: 0 };
  return { x: box.x + group.padding, y: box.y + group.header + group.padding };
}

/** The box of then where nothing of it has changed. */
function toPlacedBox(
  { request, containers, widths, heights, previous }: Assembly,
  child: number,
  drawing: Drawing,
  index: number,
  corner: Point,
  group: string | undefined,
): PlacedGroup {
  const x = corner.x + floatAt(drawing.left, index);
  const y = corner.y + floatAt(drawing.top, index);
  const width = floatAt(widths, child);
  const height = floatAt(heights, child);
  const layer = intAt(drawing.rowOf, index);
  const then = previous === undefined ? undefined : boxThen(previous.layout, intAt(previous.boxes, child));
  const isWhere = then !== undefined && then.x === x && then.y === y;
  if (isWhere && then.width === width && then.height === height && then.layer === layer && then.group === group) return then;
  const id = (child < containers.nodes ? request.nodes[child] : containers.groups[child - containers.nodes])?.id ?? '';
  return group === undefined ? { id, x, y, width, height, layer } : { id, group, x, y, width, height, layer };
}

/** The edge of then where its points are the same. */
function toPlacedEdge(
  edge: LayoutEdge | undefined,
  drawing: Drawing,
  line: number,
  corner: Point,
  before: PlacedEdge | undefined,
): PlacedEdge {
  const { firstPoint, route } = drawing;
  const first = intAt(firstPoint, line);
  const count = intAt(firstPoint, line + 1) - first;
  if (before !== undefined && isSameRoute(before.points, route, first, count, corner)) return before;
  const points: Point[] = [];
  for (let at = first; at < first + count; at++)
    points.push({ x: corner.x + floatAt(route, 2 * at), y: corner.y + floatAt(route, 2 * at + 1) });
  return { from: edge?.from ?? '', to: edge?.to ?? '', points };
}

function isSameRoute(points: readonly Point[], route: Float64Array, first: number, count: number, corner: Point): boolean {
  if (points.length !== count) return false;
  for (let index = 0; index < count; index++) {
    const point = points[index];
    if (point?.x !== corner.x + floatAt(route, 2 * (first + index))) return false;
    if (point.y !== corner.y + floatAt(route, 2 * (first + index) + 1)) return false;
  }
  return true;
}
