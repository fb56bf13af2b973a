import type { VisibleGraph } from '../visibleGraph.ts';
import type { GraphNode, NodeLook } from '../graphModel.ts';

/** What is on the picture as a Mermaid flowchart: boxes with their state in words, expanded workflows as subgraphs. */
export function toMermaid(
  { nodes, groups, edges }: Pick<VisibleGraph, 'nodes' | 'groups' | 'edges'>,
  looks: ReadonlyMap<string, NodeLook>,
): string {
  // Paths may hold what Mermaid takes for its own: boxes are numbered, and named by their text.
  const names = new Map([...groups, ...nodes].map((node, index) => [node.id, `n${index}`]));
  const nameOf = (id: string): string => names.get(id) ?? '';
  const lines: string[] = ['flowchart TD'];
  const childrenOf = Map.groupBy([...groups, ...nodes], (node) => node.parent);
  const isGroup = new Set(groups.map((group) => group.id));
  const add = (node: GraphNode, indent: string): void => {
    if (!isGroup.has(node.id)) {
      lines.push(`${indent}${nameOf(node.id)}${toShape(node, toLabel(node, looks.get(node.id)))}`);
      return;
    }
    lines.push(`${indent}subgraph ${nameOf(node.id)}["${toText(node.label)}"]`);
    for (const child of childrenOf.get(node.id) ?? []) add(child, `${indent}  `);
    lines.push(`${indent}end`);
  };
  for (const node of childrenOf.get(null) ?? []) add(node, '  ');
  for (const { from, to } of edges) if (names.has(from) && names.has(to)) lines.push(`  ${nameOf(from)} --> ${nameOf(to)}`);
  return `${lines.join('\n')}\n`;
}

function toShape({ kind }: GraphNode, label: string): string {
  if (kind === 'dataset') return `[("${label}")]`;
  return kind === 'workflow' ? `[["${label}"]]` : `["${label}"]`;
}

function toLabel(node: GraphNode, look: NodeLook | undefined): string {
  return look === undefined
    ? toText(node.label)
    : `${toText(node.label)}<br/>${toText([look.text, look.badge].filter((text) => text !== '').join(', '))}`;
}

/** As entities, so that no text can be taken for Mermaid or for HTML. */
function toText(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N} .,_/:-]/gu, (letter) => `#${letter.codePointAt(0) ?? 32};`);
}
