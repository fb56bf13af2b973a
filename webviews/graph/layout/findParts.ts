/**
 * Boxes that edges join, directly or through others, form a part. Answers the part of each box, numbered by first box, and how many
 * parts there are.
 */
export function findParts(count: number, from: Int32Array, to: Int32Array): { readonly partOf: Int32Array; readonly parts: number } {
  const root = new Int32Array(count);
  for (let node = 0; node < count; node++) root[node] = node;
  const find = (node: number): number => {
    let at = node;
    while (root[at] !== at) {
      const next = root[at] ?? at;
      root[at] = root[next] ?? next;
      at = next;
    }
    return at;
  };
  for (let edge = 0; edge < from.length; edge++) {
    const one = find(from[edge] ?? 0);
    const other = find(to[edge] ?? 0);
    // The lowest number stands for all.
    root[Math.max(one, other)] = Math.min(one, other);
  }
  const partOf = new Int32Array(count);
  let parts = 0;
  for (let node = 0; node < count; node++) partOf[node] = root[node] === node ? parts++ : (partOf[find(node)] ?? 0);
  return { partOf, parts };
}
