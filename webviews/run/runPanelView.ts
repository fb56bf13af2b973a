import type { KeptGraph } from '../graph/graphProps.ts';
import { readKeptGraph } from '../graph/keptGraph.ts';
import { SORT_COLUMNS, STATE_FILTERS, type Sort, type StateFilter } from './table/taskRows.ts';

export const RUN_TABS = ['graph', 'timeline', 'table', 'logs'] as const;
export type RunTab = (typeof RUN_TABS)[number];

/** What a person is looking at, and how: kept over a reload of the page and a restart of the window. */
export interface RunPanelView {
  readonly tab: RunTab;
  /** the one selection of all tabs, a task; `null` = none */
  readonly selected: string | null;
  readonly filter: string;
  readonly state: StateFilter;
  readonly sort: Sort;
  /** rows of the timeline: steps, or the places that ran them */
  readonly lanes: 'steps' | 'lanes';
  /** fan-outs that the timeline shows task by task */
  readonly expanded: readonly string[];
  /** whose log: of the selection, or of all */
  readonly logOf: 'selected' | 'all';
  readonly follow: boolean;
  readonly graph: KeptGraph;
}

export const FIRST_VIEW: RunPanelView = {
  tab: 'table',
  selected: null,
  filter: '',
  state: 'all',
  sort: { by: 'order', descending: false },
  lanes: 'steps',
  expanded: [],
  logOf: 'selected',
  follow: true,
  graph: { choices: {}, camera: null },
};

type Fields = { readonly [name: string]: unknown };

/** What a page kept, as far as it is what this version keeps; anything else is as at first. */
export function readView(kept: unknown): RunPanelView {
  const { tab, selected, filter, state, sort, lanes, expanded, logOf, follow, graph } = toFields(kept);
  return {
    tab: oneOf(RUN_TABS, tab, FIRST_VIEW.tab),
    selected: typeof selected === 'string' ? selected : null,
    filter: typeof filter === 'string' ? filter : '',
    state: oneOf(STATE_FILTERS, state, 'all'),
    sort: { by: oneOf(SORT_COLUMNS, toFields(sort)['by'], 'order'), descending: toFields(sort)['descending'] === true },
    lanes: lanes === 'lanes' ? 'lanes' : 'steps',
    expanded: Array.isArray(expanded) ? expanded.filter((one) => typeof one === 'string') : [],
    logOf: logOf === 'all' ? 'all' : 'selected',
    follow: follow !== false,
    graph: readKeptGraph(graph),
  };
}

function toFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function oneOf<T extends string>(values: readonly T[], value: unknown, otherwise: T): T {
  return values.find((one) => one === value) ?? otherwise;
}
