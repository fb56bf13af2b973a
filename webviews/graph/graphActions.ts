import type { RefObject } from 'react';
import type { Viewer } from './drawing/viewer.ts';
import { findLooking, nextOf } from './findSteps.ts';
import type { GraphCanvasProps, GraphPanes } from './graphProps.ts';
import type { Direction, GraphAction } from './graphKeys.ts';
import type { GraphNode, Tone } from './graphModel.ts';
import type { Expansion } from './useExpansion.ts';

const FAILED: readonly Tone[] = ['bad'];

export interface ActingParts {
  readonly props: GraphCanvasProps;
  readonly expansion: Expansion;
  readonly active: string | null;
  readonly found: readonly GraphNode[];
  readonly viewer: RefObject<Viewer | null>;
  readonly goTo: (step: string) => void;
  readonly move: (direction: Direction) => void;
  readonly focusOn: (direction: 'up' | 'down') => void;
  readonly clear: () => void;
  readonly changePanes: (change: (before: GraphPanes) => GraphPanes) => void;
}

/** What the keys and the buttons of a graph do. */
export function toActing(parts: ActingParts): (action: GraphAction) => void {
  const { props, viewer, changePanes } = parts;
  const withActive = (act: (step: string) => void): void => {
    if (parts.active !== null) act(parts.active);
  };
  const goToNext = (steps: readonly GraphNode[], step: 1 | -1): void => {
    const next = nextOf(props.graph, steps, props.selected, step);
    if (next !== undefined) parts.goTo(next.id);
  };
  const table: Table = {
    move: ({ direction }) => parts.move(direction),
    zoom: ({ factor }) => viewer.current?.zoomBy(factor),
    search: ({ step }) => goToNext(parts.found, step),
    open: () => withActive(props.onOpen),
    log: () => withActive((step) => props.onLog?.(step)),
    toggle: () => withActive(parts.expansion.toggle),
    fit: () => viewer.current?.fit(),
    find: () => changePanes((before) => ({ ...before, search: before.search ?? '' })),
    nextFailed: () => goToNext(findLooking(props.graph, props.looks, props.sought?.tones ?? FAILED), 1),
    upstream: () => parts.focusOn('up'),
    downstream: () => parts.focusOn('down'),
    tree: () => changePanes((before) => ({ ...before, isTree: !before.isTree })),
    help: () => changePanes((before) => ({ ...before, isHelp: !before.isHelp })),
    clear: parts.clear,
  };
  return (action) => perform(table, action);
}

type Table = { readonly [K in GraphAction['kind']]: (action: Extract<GraphAction, { kind: K }>) => void };

function perform<K extends GraphAction['kind']>(table: Table, action: Extract<GraphAction, { kind: K }>): void {
  const kind: K = action.kind;
  table[kind](action);
}
