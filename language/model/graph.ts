/** Edges of a directed graph: a node → the nodes that it depends on. Unknown nodes are left out of account. */
export type Dependencies = ReadonlyMap<string, readonly string[]>;

export type Ordering =
  /** Every node follows those it depends on; otherwise the order of the map is kept. */
  | { readonly kind: 'ordered'; readonly order: readonly string[] }
  /** A way round from a node back to itself: the first and the last name are the same. Each depends on its successor. */
  | { readonly kind: 'cycle'; readonly path: readonly string[] };

/** Orders a graph, or names a cycle in it. Linear in nodes and edges; depth of the graph costs no stack. */
export function toTopologicalOrder(graph: Dependencies): Ordering {
  const waiting = new Map<string, number>();
  const users = new Map<string, string[]>();
  for (const [node, dependencies] of graph) {
    const known = new Set(dependencies.filter((dependency) => graph.has(dependency)));
    waiting.set(node, known.size);
    for (const dependency of known) {
      const others = users.get(dependency);
      if (others === undefined) users.set(dependency, [node]);
      else others.push(node);
    }
  }
  const order = takeReady(graph, waiting, users);
  if (order.length === graph.size) return { kind: 'ordered', order };
  const left = new Set([...graph.keys()].filter((node) => (waiting.get(node) ?? 0) > 0));
  return { kind: 'cycle', path: toCycle(graph, left) };
}

/** Kahn's algorithm in rounds, so that nodes of one depth stay in the order of the map. Lowers the counts of `waiting`. */
function takeReady(graph: Dependencies, waiting: Map<string, number>, users: ReadonlyMap<string, readonly string[]>): string[] {
  const order: string[] = [];
  const ready = [...graph.keys()].filter((node) => waiting.get(node) === 0);
  for (let at = 0; at < ready.length; at += 1) {
    const node = ready[at] ?? '';
    order.push(node);
    for (const user of users.get(node) ?? []) {
      const left = (waiting.get(user) ?? 0) - 1;
      waiting.set(user, left);
      if (left === 0) ready.push(user);
    }
  }
  return order;
}

/** Every node of `left` has a dependency in `left`, so walking along dependencies must come round. */
function toCycle(graph: Dependencies, left: ReadonlySet<string>): readonly string[] {
  const walked: string[] = [];
  const seen = new Map<string, number>();
  let node = [...left][0] ?? '';
  while (!seen.has(node)) {
    seen.set(node, walked.length);
    walked.push(node);
    const next = (graph.get(node) ?? []).find((dependency) => left.has(dependency));
    if (next === undefined) return walked;
    node = next;
  }
  return [...walked.slice(seen.get(node)), node];
}
