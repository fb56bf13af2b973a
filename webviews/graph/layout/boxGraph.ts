/** What stands in one container (the picture, or a group): boxes by number, and edges between them, each once, none from a box to itself. */
export interface BoxGraph {
  readonly widths: Float64Array;
  readonly heights: Float64Array;
  readonly from: Int32Array;
  readonly to: Int32Array;
}

/**
 * Where the boxes of a container and the lines between them go, sideways. A line over several rows passes each row between at one place:
 * those of edge `e` are `passes[firstPass[e]] … passes[firstPass[e + 1] - 1]`, from the upper end to the lower.
 */
export interface Skeleton {
  /** row of each box; every row has one at least */
  readonly rowOf: Int32Array;
  /** centre of each box */
  readonly x: Float64Array;
  readonly firstPass: Int32Array;
  readonly passes: Float64Array;
}

/** Where the passes of each edge are, and how many there are: one for each row between its ends. */
export function toFirstPasses({ from, to }: BoxGraph, rowOf: Int32Array): Int32Array {
  const firstPass = new Int32Array(from.length + 1);
  for (let edge = 0; edge < from.length; edge++) {
    const rows = Math.abs((rowOf[to[edge] ?? 0] ?? 0) - (rowOf[from[edge] ?? 0] ?? 0));
    firstPass[edge + 1] = (firstPass[edge] ?? 0) + Math.max(0, rows - 1);
  }
  return firstPass;
}
