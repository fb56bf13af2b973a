import type { GraphModel, GraphNode, NodeLook, Tone } from './graphModel.ts';

/** Steps whose path or module holds the text, whatever its case, in the order of the graph. All words have to be there. */
export function findSteps({ nodes }: GraphModel, text: string): readonly GraphNode[] {
  const words = text
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '');
  if (words.length === 0) return [];
  return nodes.filter(({ id, name }) => {
    const all = `${id} ${name}`.toLowerCase();
    return words.every((word) => all.includes(word));
  });
}

/** The next of some steps after one of them (or after where it stands in the graph), round and round. */
export function nextOf(graph: GraphModel, found: readonly GraphNode[], from: string | null, step: 1 | -1): GraphNode | undefined {
  if (found.length === 0) return undefined;
  const positions = new Map(graph.nodes.map((node, index) => [node.id, index]));
  const at = from === null ? (step === 1 ? -1 : positions.size) : (positions.get(from) ?? -1);
  const place = (node: GraphNode): number => positions.get(node.id) ?? 0;
  if (step === 1) return found.find((node) => place(node) > at) ?? found[0];
  return found.findLast((node) => place(node) < at) ?? found.at(-1);
}

/** Steps that look like that themselves, as those that failed: of a nested workflow the steps inside, not the one around them. */
export function findLooking(graph: GraphModel, looks: ReadonlyMap<string, NodeLook>, tones: readonly Tone[]): readonly GraphNode[] {
  const found = graph.nodes.filter(({ id }) => tones.includes(looks.get(id)?.tone ?? 'idle'));
  const around = new Set(found.map((node) => node.parent));
  return found.filter((node) => !around.has(node.id));
}

/** All steps that one depends on (`up`), or that depend on it, with itself and what they stand in. */
export function findReach(graph: GraphModel, id: string, direction: 'up' | 'down'): ReadonlySet<string> {
  const next = Map.groupBy(graph.edges, (edge) => (direction === 'up' ? edge.to : edge.from));
  const parentOf = new Map(graph.nodes.map((node) => [node.id, node.parent]));
  const childrenOf = Map.groupBy(graph.nodes, (node) => node.parent);
  const reached = new Set([id]);
  const ends = new Set([id]);
  for (const at of ends) {
    for (const edge of next.get(at) ?? []) ends.add(direction === 'up' ? edge.from : edge.to);
    // What comes before a nested workflow comes before what is in it.
    const parent = parentOf.get(at) ?? null;
    if (parent !== null) ends.add(parent);
  }
  for (const at of ends) addInner(at, id, childrenOf, reached);
  return reached;
}

/** A step with all that is in it; of what the start stands in, only itself. */
function addInner(at: string, start: string, childrenOf: ReadonlyMap<string | null, readonly GraphNode[]>, reached: Set<string>): void {
  reached.add(at);
  if (start.startsWith(`${at}/`)) return;
  for (const child of childrenOf.get(at) ?? []) addInner(child.id, start, childrenOf, reached);
}
