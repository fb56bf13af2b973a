import { useEffect, useRef, type KeyboardEvent, type ReactNode } from 'react';
import { t } from '../protocol/words.ts';
import { TextField } from '../shared/ui/TextField.tsx';
import type { GraphState } from './useGraph.ts';

/** Type to filter: what does not match is faint. Enter goes from find to find, the arrow into the graph, and Escape ends the search. */
export function SearchBox({
  graph,
  selected,
  onDone,
}: {
  readonly graph: GraphState;
  readonly selected: string | null;
  readonly onDone: () => void;
}): ReactNode {
  const field = useRef<HTMLElement>(null);
  const { found, panes, act } = graph;
  useEffect(() => field.current?.focus(), []);
  const at = found.findIndex((node) => node.id === selected);
  const place = at < 0 ? String(found.length) : t('{0} of {1}', at + 1, found.length);
  const count = panes.search === '' ? '' : found.length === 0 ? t('no step') : place;

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') return act({ kind: 'search', step: event.shiftKey ? -1 : 1 });
    if (event.key === 'Escape') act({ kind: 'clear' });
    else if (event.key !== 'ArrowDown') return;
    event.preventDefault();
    onDone();
  };
  return (
    <div className="search" role="search" onKeyDown={onKeyDown}>
      <TextField
        ref={field}
        label={t('Search steps')}
        labelHidden
        icon="search"
        placeholder={t('Search steps')}
        value={panes.search ?? ''}
        onChange={(search) => graph.setPanes({ search })}
      />
      <span className="quiet search-count" role="status">
        {count}
      </span>
    </div>
  );
}
