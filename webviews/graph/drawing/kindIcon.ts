import type { GraphNode } from '../graphModel.ts';

/** The codicon of what a step is. */
export function toKindIcon({ kind }: Pick<GraphNode, 'kind'>): string {
  return kind === 'dataset' ? 'database' : kind === 'workflow' ? 'type-hierarchy' : 'symbol-method';
}
