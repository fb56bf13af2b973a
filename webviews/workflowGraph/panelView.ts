import type { KeptGraph } from '../graph/graphProps.ts';
import { readKeptGraph } from '../graph/keptGraph.ts';
import type { Overlay } from '../graph/looks/overlays.ts';

export const OVERLAYS: readonly Overlay[] = ['run', 'plan', 'cache'];

/** What a person is looking at, and how: kept over a reload of the page and a restart of the window. */
export interface GraphPanelView {
  /** path; `null` = none */
  readonly selected: string | null;
  /** `null` = whatever tells most: the plan where there is one, else the run */
  readonly overlay: Overlay | null;
  readonly isCriticalPath: boolean;
  readonly graph: KeptGraph;
}

type Fields = { readonly [name: string]: unknown };

/** What a page kept, as far as it is what this version keeps; anything else is as at first. */
export function readView(kept: unknown): GraphPanelView {
  const { selected, overlay, isCriticalPath, graph } = toFields(toFields(kept)['view']);
  return {
    selected: typeof selected === 'string' ? selected : null,
    overlay: OVERLAYS.find((one) => one === overlay) ?? null,
    isCriticalPath: isCriticalPath === true,
    graph: readKeptGraph(graph),
  };
}

function toFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}
