import type { Layout, LayoutRequest, PlacedEdge, PlacedGroup, Point } from './layout.ts';

/** A layout without what its request says already, in buffers that change hands between threads uncopied. */
export interface PackedLayout {
  /** x, y, width and height of each box, nodes first, then groups */
  readonly places: Float64Array<ArrayBuffer>;
  /** row, and number of the group that holds it or -1, of each box */
  readonly rows: Int32Array<ArrayBuffer>;
  /** number in the request of each edge that is drawn, and its number of points */
  readonly edges: Int32Array<ArrayBuffer>;
  /** x and y of all points */
  readonly points: Float64Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

export function packLayout({ nodes, groups, edges, width, height }: Layout, request: LayoutRequest): PackedLayout {
  const numberOf = new Map(groups.map((group, index) => [group.id, index]));
  const boxes: readonly PlacedGroup[] = [...nodes, ...groups];
  const places = new Float64Array(4 * boxes.length);
  const rows = new Int32Array(2 * boxes.length);
  boxes.forEach((box, index) => {
    places.set([box.x, box.y, box.width, box.height], 4 * index);
    rows[2 * index] = box.layer;
    rows[2 * index + 1] = box.group === undefined ? -1 : (numberOf.get(box.group) ?? -1);
  });
  const packed = new Int32Array(2 * edges.length);
  const points = new Float64Array(edges.reduce((sum, edge) => sum + 2 * edge.points.length, 0));
  let asked = 0;
  let at = 0;
  edges.forEach((edge, index) => {
    // Both lists are in the order of the request.
    while (request.edges[asked]?.from !== edge.from || request.edges[asked]?.to !== edge.to) asked++;
    packed[2 * index] = asked++;
    packed[2 * index + 1] = edge.points.length;
    for (const point of edge.points) {
      points[at++] = point.x;
      points[at++] = point.y;
    }
  });
  return { places, rows, edges: packed, points, width, height };
}

export function toBuffers({ places, rows, edges, points }: PackedLayout): ArrayBuffer[] {
  return [places.buffer, rows.buffer, edges.buffer, points.buffer];
}

/** As it was packed, for the same request. */
export function unpackLayout(packed: PackedLayout, request: LayoutRequest): Layout {
  const { places, rows } = packed;
  const groups = request.groups ?? [];
  const place = (id: string, index: number): PlacedGroup => {
    const group = groups[rows[2 * index + 1] ?? -1]?.id;
    const [x = 0, y = 0, width = 0, height = 0] = places.subarray(4 * index, 4 * index + 4);
    const layer = rows[2 * index] ?? 0;
    return group === undefined ? { id, x, y, width, height, layer } : { id, group, x, y, width, height, layer };
  };
  return {
    nodes: request.nodes.map((node, index) => place(node.id, index)),
    groups: groups.map((group, index) => place(group.id, request.nodes.length + index)),
    edges: unpackEdges(packed, request),
    width: packed.width,
    height: packed.height,
  };
}

function unpackEdges({ edges, points }: PackedLayout, request: LayoutRequest): readonly PlacedEdge[] {
  const placed: PlacedEdge[] = [];
  let at = 0;
  for (let index = 0; index < edges.length; index += 2) {
    const edge = request.edges[edges[index] ?? 0];
    const route: Point[] = [];
    for (let count = edges[index + 1] ?? 0; count > 0; count--) route.push({ x: points[at++] ?? 0, y: points[at++] ?? 0 });
    if (edge !== undefined) placed.push({ from: edge.from, to: edge.to, points: route });
  }
  return placed;
}
