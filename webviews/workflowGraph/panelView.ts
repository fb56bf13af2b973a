import type { KeptGraph } from '../graph/graphProps.ts';
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
  const { choices, camera } = toFields(graph);
  const { x, y, k } = toFields(camera);
  return {
    selected: typeof selected === 'string' ? selected : null,
    overlay: OVERLAYS.find((one) => one === overlay) ?? null,
    isCriticalPath: isCriticalPath === true,
    graph: {
      choices: Object.fromEntries(
        Object.entries(toFields(choices)).filter((entry): entry is [string, boolean] => typeof entry[1] === 'boolean'),
      ),
      camera: isFinite(x) && isFinite(y) && isFinite(k) && k > 0 ? { x, y, k } : null,
    },
  };
}

function toFields(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function isFinite(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
