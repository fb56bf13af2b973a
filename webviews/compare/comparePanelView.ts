import type { KeptGraph } from '../graph/graphProps.ts';
import { readKeptGraph } from '../graph/keptGraph.ts';

export const COMPARE_TABS = ['graph', 'steps', 'metrics', 'params', 'environments'] as const;
export type CompareTab = (typeof COMPARE_TABS)[number];

/** What a person is looking at: kept over a reload of the page and a restart of the window. */
export interface ComparePanelView {
  readonly tab: CompareTab;
  /** the one selection of all tabs, a task as the comparison names it; `null` = none */
  readonly selected: string | null;
  /** steps that are equal are left out */
  readonly onlyDifferent: boolean;
  readonly graph: KeptGraph;
}

/** What a page kept, as far as it is what this version keeps. */
export function readView(kept: unknown): ComparePanelView {
  const fields: { readonly [name: string]: unknown } = typeof kept === 'object' && kept !== null ? { ...kept } : {};
  const { tab, selected, onlyDifferent, graph } = fields;
  return {
    tab: COMPARE_TABS.find((one) => one === tab) ?? 'steps',
    selected: typeof selected === 'string' ? selected : null,
    onlyDifferent: onlyDifferent !== false,
    graph: readKeptGraph(graph),
  };
}
