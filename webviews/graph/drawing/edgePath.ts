import type { Point } from '../layout/layout.ts';

/** Smooth from point to point, leaving and arriving vertically; as SVG writes it. */
export function toPath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (first === undefined) return '';
  let before = first;
  return rest.reduce(
    (path, point) => {
      const middle = round((before.y + point.y) / 2);
      const [x, y] = [round(point.x), round(point.y)];
      const isStraight = Math.abs(before.x - point.x) < 1;
      const segment = isStraight ? ` L${x} ${y}` : ` C${round(before.x)} ${middle} ${x} ${middle} ${x} ${y}`;
      before = point;
      return path + segment;
    },
    `M${round(first.x)} ${round(first.y)}`,
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
