import type { GraphModel, NodeLook } from '../graphModel.ts';

/** The whole graph, collapsed or not, with what stands on each step. */
export function toGraphJson(title: string, { nodes, edges }: GraphModel, looks: ReadonlyMap<string, NodeLook>): string {
  const steps = nodes.map(({ id, name, kind, parent }) => {
    const { text = '', badge = '', count = '', time = '', note = '' } = looks.get(id) ?? {};
    const facts = Object.fromEntries(Object.entries({ state: text, badge, count, time, reason: note }).filter(([, fact]) => fact !== ''));
    return { step: id, kind, name, ...(parent === null ? {} : { in: parent }), ...facts };
  });
  return `${JSON.stringify({ v: 1, workflow: title, steps, edges }, null, 2)}\n`;
}
