import type { GraphNode } from '../graphModel.ts';
import type { Layout, PlacedEdge } from '../layout/layout.ts';
import type { VisibleGraph } from '../visibleGraph.ts';
import { SpatialIndex, type Area } from './spatialIndex.ts';

/** A box of the picture. */
export interface SceneBox {
  readonly node: GraphNode;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A laid out graph, ready to be drawn and walked. Groups come before what they hold. */
export interface Scene {
  readonly boxes: readonly SceneBox[];
  readonly groups: readonly SceneBox[];
  readonly edges: readonly PlacedEdge[];
  readonly width: number;
  readonly height: number;
  /** boxes and groups by path */
  readonly byId: ReadonlyMap<string, SceneBox>;
  readonly indexOf: ReadonlyMap<string, number>;
  readonly boxesAt: SpatialIndex;
  readonly edgesAt: SpatialIndex;
  /** those that can be expanded */
  readonly nesting: ReadonlySet<string>;
}

export function toScene(visible: VisibleGraph, layout: Layout): Scene {
  const places = new Map([...layout.groups, ...layout.nodes].map((place) => [place.id, place]));
  const toBox = (node: GraphNode): SceneBox => {
    const { x, y, width, height } = places.get(node.id) ?? { x: 0, y: 0, width: 0, height: 0 };
    return { node, x, y, width, height };
  };
  const boxes = visible.nodes.map(toBox);
  const groups = visible.groups.map(toBox);
  return {
    boxes,
    groups,
    edges: layout.edges,
    width: layout.width,
    height: layout.height,
    byId: new Map([...groups, ...boxes].map((box) => [box.node.id, box])),
    indexOf: new Map(boxes.map((box, index) => [box.node.id, index])),
    boxesAt: new SpatialIndex(toFlat(boxes.map(({ x, y, width, height }) => ({ left: x, top: y, right: x + width, bottom: y + height })))),
    edgesAt: new SpatialIndex(toFlat(layout.edges.map(toBounds))),
    nesting: visible.nesting,
  };
}

/** What an edge may touch, its bends and arrow included. */
function toBounds({ points }: PlacedEdge): Area {
  return {
    left: points.reduce((least, point) => Math.min(least, point.x), Infinity) - 6,
    top: points.reduce((least, point) => Math.min(least, point.y), Infinity) - 2,
    right: points.reduce((most, point) => Math.max(most, point.x), -Infinity) + 6,
    bottom: points.reduce((most, point) => Math.max(most, point.y), -Infinity) + 2,
  };
}

function toFlat(areas: readonly Area[]): Float64Array {
  const flat = new Float64Array(areas.length * 4);
  areas.forEach(({ left, top, right, bottom }, index) => flat.set([left, top, right, bottom], index * 4));
  return flat;
}
