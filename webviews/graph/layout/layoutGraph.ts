import { ROOT, toContainers } from './containers.ts';
import { drawContainer, type ContainerDrawing } from './drawContainer.ts';
import type { Layout, LayoutRequest } from './layout.ts';
import { assemble } from './assemble.ts';
import { findEnds, rememberEnds, toPreviousPicture } from './previousPicture.ts';

/**
 * Our layered layout, top to bottom: groups from the inside out, each a box of its size in the one that holds it. Pure and
 * deterministic: the same request gives the same picture. After an edit (`previous`) what is unchanged stays, and what did not move is
 * the same object as before.
 */
export function layoutGraph(request: LayoutRequest): Layout {
  return layoutWithin(request, Number.POSITIVE_INFINITY) ?? NOTHING;
}

const NOTHING: Layout = { nodes: [], edges: [], groups: [], width: 0, height: 0 };

/** The same, or `undefined` where a container of more than `mostFresh` boxes would have to be laid out from nothing, which takes a while. */
export function layoutWithin(request: LayoutRequest, mostFresh: number): Layout | undefined {
  const previous = request.previous === undefined ? undefined : toPreviousPicture(request.previous, request);
  const ends = findEnds(request, previous);
  const containers = toContainers(request, ends);
  const widths = new Float64Array(containers.boxes);
  const heights = new Float64Array(containers.boxes);
  request.nodes.forEach((node, box) => {
    widths[box] = node.width;
    heights[box] = node.height;
  });
  const drawings = new Map<number, ContainerDrawing>();
  for (const container of [...containers.innerFirst, ROOT]) {
    const drawn = drawContainer({ containers, container, widths, heights, previous, mostFresh });
    if (drawn === undefined) return undefined;
    drawings.set(container, drawn);
    const group = containers.groups[container - containers.nodes];
    if (container === ROOT || group === undefined) continue;
    const isEmpty = drawn.children.length === 0;
    widths[container] = Math.max(group.width, isEmpty ? 0 : drawn.drawing.width + 2 * group.padding);
    heights[container] = Math.max(group.height, isEmpty ? 0 : group.header + drawn.drawing.height + 2 * group.padding);
  }
  const { edge } = containers.edges;
  const layout = assemble({ request, containers, drawings, widths, heights, previous });
  rememberEnds(layout, { from: edge.map((index) => ends.from[index] ?? -1), to: edge.map((index) => ends.to[index] ?? -1) });
  return layout;
}
