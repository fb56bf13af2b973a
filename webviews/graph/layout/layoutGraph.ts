import {
  LAYER_GAP,
  NODE_GAP,
  type Layout,
  type LayoutEdge,
  type LayoutNode,
  type LayoutRequest,
  type PlacedNode,
  type Point,
} from './layout.ts';
import { toLayeredGraph, type LayeredGraph } from './layeredGraph.ts';
import { orderLayers } from './orderLayers.ts';
import { placeNodes } from './placeNodes.ts';

/**
 * Our layered layout, top to bottom: layers by longest path, order by medians, places by pooled least squares. Pure and
 * deterministic: the same graph gives the same picture, whatever its states. Edges that name unknown nodes are left out.
 */
export function layoutGraph({ nodes, edges }: LayoutRequest): Layout {
  const indexOf = new Map(nodes.map((node, index) => [node.id, index]));
  const known = uniqueEdges(edges).flatMap((edge) => {
    const from = indexOf.get(edge.from);
    const to = indexOf.get(edge.to);
    return from === undefined || to === undefined || from === to ? [] : [{ edge, pair: [from, to] as const }];
  });
  const graph = toLayeredGraph(
    nodes.length,
    known.map((one) => one.pair),
  );
  const layers = orderLayers(graph);
  const widths = new Float64Array(graph.count);
  nodes.forEach((node, index) => (widths[index] = node.width));
  const x = placeNodes(graph, layers, widths, NODE_GAP);
  const rows = toRows(graph, nodes);
  const left = nodes.reduce((least, node, index) => Math.min(least, (x[index] ?? 0) - node.width / 2), Number.POSITIVE_INFINITY);
  const placed = nodes.map((node, index): PlacedNode => {
    const layer = graph.layerOf[index] ?? 0;
    return { ...node, layer, x: (x[index] ?? 0) - node.width / 2 - left, y: rows[layer]?.top ?? 0 };
  });
  return {
    nodes: placed,
    edges: known.map(({ edge }, index) => ({ ...edge, points: toPoints(graph.paths[index] ?? [], graph, placed, x, left, rows) })),
    groups: [],
    width: placed.reduce((most, node) => Math.max(most, node.x + node.width), 0),
    height: placed.reduce((most, node) => Math.max(most, node.y + node.height), 0),
  };
}

interface RowSpan {
  readonly top: number;
  readonly bottom: number;
}

function toRows(graph: LayeredGraph, nodes: readonly LayoutNode[]): readonly RowSpan[] {
  const heights = new Float64Array(graph.layers);
  nodes.forEach((node, index) => {
    const layer = graph.layerOf[index] ?? 0;
    heights[layer] = Math.max(heights[layer] ?? 0, node.height);
  });
  let top = 0;
  return Array.from(heights, (height) => {
    const row = { top, bottom: top + height };
    top += height + LAYER_GAP;
    return row;
  });
}

function toPoints(
  path: readonly number[],
  graph: LayeredGraph,
  placed: readonly PlacedNode[],
  x: Float64Array,
  left: number,
  rows: readonly RowSpan[],
): readonly Point[] {
  return path.flatMap((node, index): readonly Point[] => {
    const at = (x[node] ?? 0) - left;
    const real = placed[node];
    const row = rows[graph.layerOf[node] ?? 0];
    if (real === undefined)
      return [
        { x: at, y: row?.top ?? 0 },
        { x: at, y: row?.bottom ?? 0 },
      ];
    return [{ x: at, y: index === 0 ? real.y + real.height : real.y }];
  });
}

function uniqueEdges(edges: readonly LayoutEdge[]): readonly LayoutEdge[] {
  return [...new Map(edges.map((edge) => [`${edge.from}\n${edge.to}`, edge])).values()];
}
