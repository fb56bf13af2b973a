import { LAYER_GAP, NODE_GAP } from './layout.ts';

/** A part by itself: how wide it is, and how many rows it has. */
export interface PartSize {
  readonly width: number;
  readonly rows: number;
  /** about how high, in pixels */
  readonly height: number;
}

/** Left edge and first row of a part. */
export interface PartPlace {
  readonly left: number;
  readonly row: number;
}

/** Between parts: more than between boxes of one part. */
const PART_GAP = 2 * NODE_GAP;
/** of the picture as a whole, where there is a choice */
const WIDTH_TO_HEIGHT = 1.8;

/**
 * Parts side by side in their order, and under one another where that would be too wide. All parts share the rows of the picture, so
 * that a part that grows later, or that is joined to another, needs no new place.
 */
export function packParts(sizes: readonly PartSize[]): readonly PartPlace[] {
  const area = sizes.reduce((sum, { width, height }) => sum + (width + PART_GAP) * (height + LAYER_GAP), 0);
  const widest = sizes.reduce((most, { width }) => Math.max(most, width), 0);
  const room = Math.max(widest, Math.sqrt(area * WIDTH_TO_HEIGHT));
  let left = 0;
  let row = 0;
  let rows = 0;
  return sizes.map((size) => {
    if (left > 0 && left + size.width > room) {
      row += rows;
      left = 0;
      rows = 0;
    }
    const place = { left, row };
    left += size.width + PART_GAP;
    rows = Math.max(rows, size.rows);
    return place;
  });
}
