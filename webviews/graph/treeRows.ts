import type { GraphModel, GraphNode } from './graphModel.ts';

/** A step in the tree of all steps. */
export interface TreeRow {
  readonly node: GraphNode;
  readonly index: number;
  /** from 1 */
  readonly level: number;
  /** among its siblings, from 1 */
  readonly position: number;
  readonly setSize: number;
  /** `null` = it holds nothing */
  readonly isOpen: boolean | null;
}

/** The rows of the tree from top to bottom, without those inside what is closed. */
export function toRows({ nodes }: GraphModel, closed: ReadonlySet<string>): readonly TreeRow[] {
  const childrenOf = Map.groupBy(nodes, (node) => node.parent);
  const rows: TreeRow[] = [];
  const add = (parent: string | null, level: number): void => {
    const siblings = childrenOf.get(parent) ?? [];
    siblings.forEach((node, at) => {
      const isOpen = childrenOf.has(node.id) ? !closed.has(node.id) : null;
      rows.push({ node, index: rows.length, level, position: at + 1, setSize: siblings.length, isOpen });
      if (isOpen === true) add(node.id, level + 1);
    });
  };
  add(null, 1);
  return rows;
}
