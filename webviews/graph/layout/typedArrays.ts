/** Items of typed arrays at places that are known to be inside: a place outside would read as 0. */
export function intAt(list: Int32Array, index: number): number {
  return list[index] ?? 0;
}

export function floatAt(list: Float64Array, index: number): number {
  return list[index] ?? 0;
}

/** `0, 1, 2, …` */
export function countUp(length: number): Int32Array {
  const list = new Int32Array(length);
  for (let index = 0; index < length; index++) list[index] = index;
  return list;
}

/** To an eighth of a pixel: sums of such numbers are exact, so that what did not move is where it was to the last bit. */
export function toGrid(value: number): number {
  return Math.round(value * 8) / 8;
}
