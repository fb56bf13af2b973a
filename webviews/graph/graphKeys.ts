import { t } from '../protocol/words.ts';
import type { Scene, SceneBox } from './drawing/scene.ts';

export type Direction = 'up' | 'down' | 'left' | 'right';

/** What the keys of a graph do. */
export type GraphAction =
  | { readonly kind: 'move'; readonly direction: Direction }
  | { readonly kind: 'zoom'; readonly factor: number }
  | { readonly kind: 'search'; readonly step: 1 | -1 }
  | { readonly kind: 'open' | 'log' | 'fit' | 'find' | 'nextFailed' | 'upstream' | 'downstream' | 'toggle' | 'tree' | 'help' | 'clear' };

/** A key as an event tells it. */
export interface PressedKey {
  readonly key: string;
  readonly altKey: boolean;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
}

const ACTIONS: { readonly [key: string]: GraphAction } = {
  ArrowUp: { kind: 'move', direction: 'up' },
  ArrowDown: { kind: 'move', direction: 'down' },
  ArrowLeft: { kind: 'move', direction: 'left' },
  ArrowRight: { kind: 'move', direction: 'right' },
  Enter: { kind: 'open' },
  ' ': { kind: 'toggle' },
  f: { kind: 'fit' },
  '0': { kind: 'fit' },
  '+': { kind: 'zoom', factor: 1.25 },
  '=': { kind: 'zoom', factor: 1.25 },
  '-': { kind: 'zoom', factor: 0.8 },
  '/': { kind: 'find' },
  n: { kind: 'search', step: 1 },
  N: { kind: 'search', step: -1 },
  e: { kind: 'nextFailed' },
  '[': { kind: 'upstream' },
  ']': { kind: 'downstream' },
  t: { kind: 'tree' },
  '?': { kind: 'help' },
  Escape: { kind: 'clear' },
};

export interface KeyMapOptions {
  readonly hasLog: boolean;
  /** what `e` goes to, where it is not the next failed step */
  readonly sought: string | undefined;
}

/** Keys and what they do, as the key map shows them. */
export function toKeyMap({ hasLog, sought }: KeyMapOptions): readonly (readonly [string, string])[] {
  return [
    ['↑ ↓ ← →', t('Move along edges and rows')],
    ['Enter', hasLog ? t('Open the code, of a failed step the line that failed') : t('Open the code')],
    ...(hasLog ? [['Alt+Enter', t('Open the log')] as const] : []),
    ['Space', t('Expand or collapse a nested workflow')],
    ['/', t('Search; Enter or n for the next, N for the previous')],
    ['e', sought ?? t('Next failed step')],
    [t('[ and ]'), t('Focus on what is upstream or downstream')],
    [t('f or 0'), t('Show all')],
    [t('+ and -'), t('Zoom')],
    ['t', t('List of all steps')],
    ['Esc', t('Clear search and focus')],
    ['?', t('These keys')],
  ];
}

/** `undefined`: the key is the editor's. */
export function toAction({ key, altKey, ctrlKey, metaKey }: PressedKey): GraphAction | undefined {
  if (ctrlKey || metaKey) return undefined;
  if (altKey) return key === 'Enter' ? { kind: 'log' } : undefined;
  return Object.hasOwn(ACTIONS, key) ? ACTIONS[key] : undefined;
}

/**
 * The next box in a direction: up and down along an edge where there is one, else in the nearest row; left and right in the same row. Down
 * from the title of an expanded workflow leads into it, and from its last and first steps the way leads out. The same box where there is none.
 */
export function findNext(scene: Scene, from: string, direction: Direction): string {
  const start = scene.byId.get(from);
  if (start === undefined) return scene.boxes[0]?.node.id ?? from;
  const isGroup = !scene.indexOf.has(from);
  const siblings = [...scene.byId.values()].filter((box) => box.node.parent === start.node.parent && box !== start);
  if (direction === 'left' || direction === 'right') return toNearest(start, siblings, direction) ?? from;
  const inside = isGroup && direction === 'down' ? findFirst(scene, from) : undefined;
  return (
    inside ??
    toNearest(start, findLinked(scene, from, direction), direction) ??
    toNearest(start, siblings, direction) ??
    findWayOut(scene, start, direction)
  );
}

/** Rows first: the next row is never passed over for a box that is straight ahead but further away. */
function toNearest(start: SceneBox, boxes: readonly SceneBox[], direction: Direction): string | undefined {
  const isAlongRow = direction === 'left' || direction === 'right';
  const ahead = boxes
    .map((box) => ({ box, ...toDistance(start, box, direction) }))
    .filter((one) => one.along > 0 && (!isAlongRow || one.across === 0))
    .sort((a, b) => a.along - b.along || a.across - b.across);
  return ahead[0]?.box.node.id;
}

function findLinked(scene: Scene, id: string, direction: 'up' | 'down'): readonly SceneBox[] {
  const others = scene.edges.flatMap(({ from, to }) => (direction === 'down' ? (from === id ? [to] : []) : to === id ? [from] : []));
  return others.flatMap((other) => scene.byId.get(other) ?? []);
}

/** What stands first in an expanded workflow. */
function findFirst(scene: Scene, group: string): string | undefined {
  const inside = [...scene.byId.values()].filter((box) => box.node.parent === group);
  return inside.toSorted((one, other) => one.y - other.y || one.x - other.x)[0]?.node.id;
}

/** Up to the title of what a step stands in, down to what comes after it. */
function findWayOut(scene: Scene, start: SceneBox, direction: 'up' | 'down'): string {
  const around = start.node.parent === null ? undefined : scene.byId.get(start.node.parent);
  if (around === undefined) return start.node.id;
  if (direction === 'up') return around.node.id;
  const siblings = [...scene.byId.values()].filter((box) => box.node.parent === around.node.parent && box !== around);
  const next = toNearest(around, findLinked(scene, around.node.id, 'down'), 'down') ?? toNearest(around, siblings, 'down');
  return next ?? start.node.id;
}

function toDistance(start: SceneBox, box: SceneBox, direction: Direction): { readonly along: number; readonly across: number } {
  const [dx, dy] = [box.x + box.width / 2 - (start.x + start.width / 2), box.y - start.y];
  switch (direction) {
    case 'up':
      return { along: -dy, across: Math.abs(dx) };
    case 'down':
      return { along: dy, across: Math.abs(dx) };
    case 'left':
      return { along: -dx, across: Math.abs(dy) };
    case 'right':
      return { along: dx, across: Math.abs(dy) };
  }
}
