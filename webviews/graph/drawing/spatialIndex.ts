/** A rectangle of the world: left, top, right, bottom. */
export interface Area {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** entries of one page */
const PAGE = 16;

/**
 * Which of many rectangles touch an area, without looking at all of them: a packed R-tree by sort-tile-recurse (Leutenegger, Lopez and
 * Edgington 1997). Built once; a layout never changes.
 */
export class SpatialIndex {
  readonly #order: Uint32Array;
  /** the pages of each level, the lowest first: four numbers a page */
  readonly #levels: readonly Float64Array[];
  readonly #boxes: Float64Array;

  /** `boxes`: left, top, right, bottom of each entry, one after another. */
  constructor(boxes: Float64Array) {
    this.#boxes = boxes;
    this.#order = toOrder(boxes);
    this.#levels = toLevels(boxes, this.#order);
  }

  /** Indices of the entries that touch the area, in ascending order. */
  find(area: Area): Uint32Array {
    const found: number[] = [];
    const top = this.#levels.length - 1;
    const visit = (level: number, page: number): void => {
      const from = page * PAGE;
      const below = this.#levels[level - 1];
      const count = below === undefined ? this.#order.length : below.length / 4;
      for (let at = from; at < Math.min(from + PAGE, count); at++) {
        const entry = below === undefined ? (this.#order[at] ?? 0) : at;
        if (!touches(below ?? this.#boxes, entry, area)) continue;
        if (below === undefined) found.push(entry);
        else visit(level - 1, at);
      }
    };
    if (top >= 0) for (let page = 0; page < (this.#levels[top]?.length ?? 0) / 4; page++) visit(top, page);
    return Uint32Array.from(found).sort();
  }
}

function touches(boxes: Float64Array, index: number, { left, top, right, bottom }: Area): boolean {
  const at = index * 4;
  return (boxes[at] ?? 0) <= right && (boxes[at + 1] ?? 0) <= bottom && (boxes[at + 2] ?? 0) >= left && (boxes[at + 3] ?? 0) >= top;
}

/** In tiles of about a page: columns by their middle, each from top to bottom. */
function toOrder(boxes: Float64Array): Uint32Array {
  const count = boxes.length / 4;
  const order = Uint32Array.from({ length: count }, (_, index) => index);
  const middle = (index: number, axis: 0 | 1): number => (boxes[index * 4 + axis] ?? 0) + (boxes[index * 4 + axis + 2] ?? 0);
  order.sort((one, other) => middle(one, 0) - middle(other, 0));
  const column = PAGE * Math.max(1, Math.ceil(Math.sqrt(count / PAGE)));
  for (let from = 0; from < count; from += column) {
    order.subarray(from, from + column).sort((one, other) => middle(one, 1) - middle(other, 1));
  }
  return order;
}

function toLevels(boxes: Float64Array, order: Uint32Array): readonly Float64Array[] {
  const levels: Float64Array[] = [];
  let below = Float64Array.from({ length: order.length * 4 }, (_, at) => boxes[(order[at >> 2] ?? 0) * 4 + (at & 3)] ?? 0);
  while (below.length > 0) {
    const level = toPages(below);
    levels.push(level);
    if (level.length <= 4) break;
    below = level;
  }
  return levels;
}

function toPages(below: Float64Array): Float64Array<ArrayBuffer> {
  const count = below.length / 4;
  const pages = new Float64Array(Math.ceil(count / PAGE) * 4);
  for (let page = 0; page < pages.length / 4; page++) {
    let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let at = page * PAGE; at < Math.min((page + 1) * PAGE, count); at++) {
      left = Math.min(left, below[at * 4] ?? 0);
      top = Math.min(top, below[at * 4 + 1] ?? 0);
      right = Math.max(right, below[at * 4 + 2] ?? 0);
      bottom = Math.max(bottom, below[at * 4 + 3] ?? 0);
    }
    pages.set([left, top, right, bottom], page * 4);
  }
  return pages;
}
