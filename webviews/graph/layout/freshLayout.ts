import { assignLayers } from './assignLayers.ts';
import { toFirstPasses, type BoxGraph, type Skeleton } from './boxGraph.ts';
import { findParts } from './findParts.ts';
import { toLayeredGraph, toNeighbours } from './layeredGraph.ts';
import { EDGE_GAP, LAYER_GAP, NODE_GAP } from './layout.ts';
import { orderLayers } from './orderLayers.ts';
import { packParts, type PartPlace } from './packParts.ts';
import { placeNodes } from './placeNodes.ts';
import { countUp, intAt, toGrid } from './typedArrays.ts';

/** A container from nothing: layers, order and places for each part by itself, then the parts beside one another. */
export function layoutFresh(graph: BoxGraph): Skeleton {
  const order = sortEdges(graph);
  const from = order.map((edge) => intAt(graph.from, edge));
  const to = order.map((edge) => intAt(graph.to, edge));
  const drawn = layoutParts({ ...graph, from, to });
  return join(graph, order, drawn, packParts(drawn));
}

/** By their ends, so that the order in which edges are given changes nothing. */
function sortEdges({ widths, from, to }: BoxGraph): Int32Array {
  const { list: byTo } = toNeighbours(widths.length, to, countUp(to.length));
  return toNeighbours(
    widths.length,
    byTo.map((edge) => intAt(from, edge)),
    byTo,
  ).list;
}

function layoutParts(graph: BoxGraph): readonly Part[] {
  const count = graph.widths.length;
  const { layerOf, isBackward } = assignLayers(count, graph.from, graph.to);
  const { partOf, parts } = findParts(count, graph.from, graph.to);
  const partOfEdge = graph.from.map((node) => intAt(partOf, node));
  const boxesOf = toNeighbours(parts, partOf, countUp(count));
  const edgesOf = toNeighbours(parts, partOfEdge, countUp(partOfEdge.length));
  const numberOf = new Int32Array(count);
  return Array.from({ length: parts }, (_, part) => {
    const boxes = boxesOf.list.subarray(boxesOf.start[part], boxesOf.start[part + 1]);
    const edges = edgesOf.list.subarray(edgesOf.start[part], edgesOf.start[part + 1]);
    if (boxes.length === 1) return toSinglePart(graph, boxes);
    boxes.forEach((box, index) => (numberOf[box] = index));
    return layoutPart({ graph, boxes, edges, numberOf, layerOf, isBackward });
  });
}

interface PartInput {
  readonly graph: BoxGraph;
  /** numbers in the container, ascending */
  readonly boxes: Int32Array;
  readonly edges: Int32Array;
  /** by box of the container: its number in the part */
  readonly numberOf: Int32Array;
  readonly layerOf: Int32Array;
  readonly isBackward: Uint8Array;
}

interface Part {
  readonly boxes: Int32Array;
  readonly edges: Int32Array;
  readonly layerOf: Int32Array;
  /** centres of the boxes, then of the dummies, from the left border of the part */
  readonly x: Float64Array;
  readonly firstDummy: Int32Array;
  readonly width: number;
  readonly rows: number;
  readonly height: number;
}

function layoutPart({ graph, boxes, edges, numberOf, layerOf, isBackward }: PartInput): Part {
  const highest = boxes.reduce((least, box) => Math.min(least, layerOf[box] ?? 0), Number.MAX_SAFE_INTEGER);
  const layers = boxes.map((box) => (layerOf[box] ?? 0) - highest);
  const upper = edges.map((edge) => numberOf[(isBackward[edge] === 1 ? graph.to : graph.from)[edge] ?? 0] ?? 0);
  const lower = edges.map((edge) => numberOf[(isBackward[edge] === 1 ? graph.from : graph.to)[edge] ?? 0] ?? 0);
  const layered = toLayeredGraph(layers, upper, lower);
  const widths = new Float64Array(layered.count);
  boxes.forEach((box, index) => (widths[index] = graph.widths[box] ?? 0));
  const { layers: order } = orderLayers(layered);
  const x = placeNodes(layered, order, { widths, nodeGap: NODE_GAP, edgeGap: EDGE_GAP });
  const left = x.reduce((least, centre, node) => Math.min(least, centre - (widths[node] ?? 0) / 2), Number.POSITIVE_INFINITY);
  const right = x.reduce((most, centre, node) => Math.max(most, centre + (widths[node] ?? 0) / 2), Number.NEGATIVE_INFINITY);
  const tallest = boxes.reduce((most, box) => Math.max(most, graph.heights[box] ?? 0), 0);
  return {
    boxes,
    edges,
    layerOf: layers,
    x: x.map((centre) => toGrid(centre - left)),
    firstDummy: layered.firstDummy,
    width: toGrid(right - left),
    rows: layered.layers,
    height: layered.layers * (tallest + LAYER_GAP) - LAYER_GAP,
  };
}

const NOTHING = new Int32Array(1);

function toSinglePart({ widths, heights }: BoxGraph, boxes: Int32Array): Part {
  const [box = 0] = boxes;
  const [width, height] = [widths[box] ?? 0, heights[box] ?? 0];
  const x = Float64Array.of(width / 2);
  return { boxes, edges: NOTHING.subarray(0, 0), layerOf: NOTHING, x, firstDummy: NOTHING, width, rows: 1, height };
}

/** `order` has the given number of each edge. */
function join(graph: BoxGraph, order: Int32Array, parts: readonly Part[], places: readonly PartPlace[]): Skeleton {
  const count = graph.widths.length;
  const rowOf = new Int32Array(count);
  const x = new Float64Array(count);
  parts.forEach((part, index) => {
    const { left, row } = places[index] ?? { left: 0, row: 0 };
    part.boxes.forEach((box, at) => {
      rowOf[box] = row + (part.layerOf[at] ?? 0);
      x[box] = left + (part.x[at] ?? 0);
    });
  });
  const firstPass = toFirstPasses(graph, rowOf);
  const passes = new Float64Array(firstPass[graph.from.length] ?? 0);
  parts.forEach((part, index) => {
    const left = places[index]?.left ?? 0;
    part.edges.forEach((edge, at) => {
      let pass = intAt(firstPass, intAt(order, edge));
      for (let dummy = part.firstDummy[at] ?? 0; dummy < (part.firstDummy[at + 1] ?? 0); dummy++)
        passes[pass++] = left + (part.x[dummy] ?? 0);
    });
  });
  return { rowOf, x, firstPass, passes };
}
