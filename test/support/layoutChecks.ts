import assert from 'node:assert/strict';
import type { Layout, LayoutRequest, PlacedGroup, Point } from '../../webviews/graph/layout/layout.ts';

/** Less is a matter of how fractions are summed. */
const TOLERANCE = 1e-3;

type Box = PlacedGroup;

/** What holds of every layout of every request: nothing overlaps, rows lead down, lines join their boxes and pass through no other. */
export function assertSound(layout: Layout, request: LayoutRequest): void {
  assert.deepEqual(
    layout.nodes.map((node) => node.id),
    request.nodes.map((node) => node.id),
  );
  const boxes: readonly Box[] = [...layout.nodes, ...layout.groups];
  const containers = Map.groupBy(boxes, (box) => box.group);
  for (const [id, members] of containers) {
    assertApart(members);
    const group = layout.groups.find((one) => one.id === id);
    if (group !== undefined) for (const box of members) assertInside(box, group);
  }
  const byId = new Map(boxes.map((box) => [box.id, box]));
  for (const edge of layout.edges) assertJoined(edge.points, liftTo(edge.from, edge.to, byId), liftTo(edge.to, edge.from, byId));
}

function assertApart(boxes: readonly Box[]): void {
  const sorted = boxes.toSorted((a, b) => a.y - b.y);
  sorted.forEach((box, index) => {
    for (const other of sorted.slice(index + 1)) {
      if (other.y >= box.y + box.height - TOLERANCE) break;
      const areBeside = other.x + TOLERANCE >= box.x + box.width || box.x + TOLERANCE >= other.x + other.width;
      assert.ok(areBeside, `${box.id} and ${other.id} overlap`);
    }
  });
}

function assertInside(box: Box, group: Box): void {
  const isInside = box.x >= group.x && box.y >= group.y && box.x + box.width <= group.x + group.width + TOLERANCE;
  assert.ok(isInside && box.y + box.height <= group.y + group.height + TOLERANCE, `${box.id} sticks out of ${group.id}`);
}

/** The outermost box around one end that does not hold the other. */
function liftTo(id: string, other: string, byId: ReadonlyMap<string, Box>): Box {
  const around = new Set(chainOf(other, byId).map((box) => box.id));
  const found = chainOf(id, byId).findLast((box) => !around.has(box.id));
  assert.ok(found !== undefined);
  return found;
}

function chainOf(id: string, byId: ReadonlyMap<string, Box>): readonly Box[] {
  const box = byId.get(id);
  return box === undefined ? [] : [box, ...(box.group === undefined ? [] : chainOf(box.group, byId))];
}

function assertJoined(points: readonly Point[], from: Box, to: Box): void {
  const isUp = from.layer > to.layer;
  assert.notEqual(from.layer, to.layer);
  const [upper, lower] = isUp ? [to, from] : [from, to];
  const down = isUp ? points.toReversed() : points;
  const [first, last] = [down[0], down.at(-1)];
  assert.ok(first !== undefined && last !== undefined && down.length >= 2);
  assertNear(first, { x: upper.x + upper.width / 2, y: upper.y + upper.height });
  assertNear(last, { x: lower.x + lower.width / 2, y: lower.y });
  down.forEach((point, index) => assert.ok(index === 0 || point.y >= (down[index - 1]?.y ?? 0) - TOLERANCE, 'a line goes back up'));
}

function assertNear(actual: Point, expected: Point): void {
  assert.ok(
    Math.abs(actual.x - expected.x) < TOLERANCE && Math.abs(actual.y - expected.y) < TOLERANCE,
    `${JSON.stringify(actual)} instead of ${JSON.stringify(expected)}`,
  );
}

/** No line of the picture as a whole goes through a box of it that is not one of its ends. */
export function assertLinesPass(layout: Layout): void {
  const boxes = [...layout.nodes, ...layout.groups].filter((box) => box.group === undefined);
  const ids = new Set(boxes.map((box) => box.id));
  for (const { from, to, points } of layout.edges.filter((edge) => ids.has(edge.from) && ids.has(edge.to))) {
    const heights = points.map((point) => point.y);
    const [top, bottom] = [Math.min(...heights), Math.max(...heights)];
    for (const box of boxes) {
      if (box.y >= bottom || box.y + box.height <= top || box.id === from || box.id === to) continue;
      points
        .slice(1)
        .forEach((end, index) => assert.ok(!isThrough(box, points[index] ?? end, end), `${from} > ${to} goes through ${box.id}`));
    }
  }
}

/** Whether a stretch has a point inside a box, borders left out: half-planes cut it (Liang and Barsky). */
function isThrough(box: Box, start: Point, end: Point): boolean {
  let [from, to] = [0, 1];
  const cuts = [
    [start.x - end.x, start.x - box.x - TOLERANCE],
    [end.x - start.x, box.x + box.width - TOLERANCE - start.x],
    [start.y - end.y, start.y - box.y - TOLERANCE],
    [end.y - start.y, box.y + box.height - TOLERANCE - start.y],
  ] as const;
  for (const [slope, room] of cuts) {
    if (slope === 0 && room < 0) return false;
    if (slope < 0) from = Math.max(from, room / slope);
    else if (slope > 0) to = Math.min(to, room / slope);
  }
  return from < to;
}
