import type { Layout, LayoutEdge, LayoutNode, LayoutRequest } from '../../webviews/graph/layout/layout.ts';
import { createRandom } from './editFuzz.ts';

/** How a graph of row 11 is made. */
export interface RandomGraph {
  readonly nodes: number;
  readonly seed: number;
  /** a second parent comes from one of so many layers above */
  readonly reach?: number;
}

/** The graph of the scorecard: layers about 1.2 √N wide, a quarter of the nodes with two parents, boxes 150 × 40. */
export function createLayeredGraph({
  nodes: count,
  seed,
  reach = 3,
}: RandomGraph): LayoutRequest & { readonly edges: readonly LayoutEdge[] } {
  const random = createRandom(seed);
  const width = Math.max(1, Math.round(1.2 * Math.sqrt(count)));
  const edges: LayoutEdge[] = [];
  const join = (parent: number, child: number): void => void edges.push({ from: `step-${parent}`, to: `step-${child}` });
  for (let child = width; child < count; child++) {
    const layer = Math.floor(child / width);
    const parent = (layer - 1) * width + random(width);
    join(parent, child);
    if (random(4) > 0) continue;
    const other = (layer - 1 - random(Math.min(reach, layer))) * width + random(width);
    if (other !== parent) join(other, child);
  }
  return { nodes: Array.from({ length: count }, (_, index) => createBox(`step-${index}`)), edges };
}

export function createBox(id: string, more: Partial<LayoutNode> = {}): LayoutNode {
  return { id, width: 150, height: 40, ...more };
}

/** `a>b b>c`: nodes in the order in which they are named. */
export function createGraph(text: string): LayoutRequest {
  const edges = text.split(' ').map((pair): LayoutEdge => ({ from: pair.split('>')[0] ?? '', to: pair.split('>')[1] ?? '' }));
  const names = new Set(edges.flatMap(({ from, to }) => (to === '' ? [from] : [from, to])));
  return { nodes: Array.from(names, (id) => createBox(id)), edges: edges.filter(({ to }) => to !== '') };
}

export interface Quality {
  readonly crossings: number;
  /** of all lines */
  readonly length: number;
  /** of that, sideways: does not depend on how far apart rows are */
  readonly sideways: number;
}

export type Line = readonly { readonly x: number; readonly y: number }[];

/** Of a picture as it is drawn, whoever drew it. Lines that only meet do not cross. */
export function measureLines(lines: readonly Line[]): Quality {
  const stretches = lines.flatMap((line, edge) => toStretches(line, edge)).sort((a, b) => a.y1 - b.y1);
  let length = 0;
  let sideways = 0;
  for (const { x1, y1, x2, y2 } of stretches) {
    length += Math.hypot(x2 - x1, y2 - y1);
    sideways += Math.abs(x2 - x1);
  }
  let crossings = 0;
  let active: Stretch[] = [];
  for (const stretch of stretches) {
    active = active.filter((other) => other.y2 >= stretch.y1);
    for (const other of active) if (other.edge !== stretch.edge && isCrossing(stretch, other)) crossings++;
    active.push(stretch);
  }
  return { crossings, length, sideways };
}

export function measureLayout(layout: Layout): Quality {
  return measureLines(layout.edges.map((edge) => edge.points));
}

interface Stretch {
  readonly edge: number;
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
}

/** The upper end first. */
function toStretches(line: Line, edge: number): readonly Stretch[] {
  return line.slice(1).map((end, index) => {
    const start = line[index] ?? end;
    const [upper, lower] = start.y <= end.y ? [start, end] : [end, start];
    return { edge, x1: upper.x, y1: upper.y, x2: lower.x, y2: lower.y };
  });
}

function isCrossing(one: Stretch, other: Stretch): boolean {
  if (Math.max(one.x1, one.x2) < Math.min(other.x1, other.x2) || Math.min(one.x1, one.x2) > Math.max(other.x1, other.x2)) return false;
  return areApart(one, other.x1, other.y1, other.x2, other.y2) && areApart(other, one.x1, one.y1, one.x2, one.y2);
}

/** Whether two points are on the two sides of a stretch, neither of them on it. */
function areApart({ x1, y1, x2, y2 }: Stretch, px: number, py: number, qx: number, qy: number): boolean {
  const side = (x: number, y: number): number => (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1);
  const p = side(px, py);
  const q = side(qx, qy);
  return Math.min(p, q) < -1e-6 && Math.max(p, q) > 1e-6;
}
