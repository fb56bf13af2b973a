import { useEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { t } from '../protocol/words.ts';
import { NO_LOOK, type GraphModel, type NodeLook } from './graphModel.ts';
import { toRows, type TreeRow } from './treeRows.ts';
import type { GraphState } from './useGraph.ts';

/** pixels; rows are of one height, so that only those in sight have to be there */
const ROW_HEIGHT = 24;
/** rows beyond each edge */
const MORE_ROWS = 8;

interface Props {
  readonly model: GraphModel;
  readonly looks: ReadonlyMap<string, NodeLook>;
  readonly graph: GraphState;
  readonly selected: string | null;
  readonly onOpen: (step: string) => void;
  readonly onLog: (step: string) => void;
}

/**
 * All steps as a tree, those off the picture as well: the graph for those who read or hear it. It is always in the page, and in sight while
 * it is asked for or has the focus.
 */
export function StepTree({ model, looks, graph, selected, onOpen, onLog }: Props): ReactNode {
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => toRows(model, closed), [model, closed]);
  const pane = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const at = Math.max(
    0,
    rows.findIndex((row) => row.node.id === selected),
  );
  const active = rows[at];
  useFollow(pane, at);

  const toggle = (id: string, isClosed: boolean): void =>
    setClosed((before) => new Set(isClosed ? [...before, id] : [...before].filter((one) => one !== id)));
  const onKeyDown = (event: KeyboardEvent): void => {
    const next = active === undefined ? undefined : toNext(rows, at, event.key);
    if (next !== undefined) graph.goTo(next.node.id);
    else if (active === undefined) return;
    else if (event.key === 'Enter') (event.altKey ? onLog : onOpen)(active.node.id);
    else if (event.key === 'ArrowRight' && active.isOpen === false) toggle(active.node.id, false);
    else if (event.key === 'ArrowLeft' && active.isOpen === true) toggle(active.node.id, true);
    else return;
    event.preventDefault();
  };
  const first = Math.max(0, Math.floor(top / ROW_HEIGHT) - MORE_ROWS);
  const height = pane.current?.clientHeight ?? 600;
  const shown = rows.slice(first, Math.ceil((top + height) / ROW_HEIGHT) + MORE_ROWS);
  const seen = active === undefined || shown.includes(active) ? shown : [...shown, active];
  return (
    <div
      ref={pane}
      className={`step-tree${graph.panes.isTree ? ' pinned' : ''}`}
      role="tree"
      aria-label={t('All steps')}
      tabIndex={0}
      aria-activedescendant={active === undefined ? undefined : `row-${active.node.id}`}
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
    >
      <div role="presentation" className="rows" style={{ height: rows.length * ROW_HEIGHT }}>
        {seen.map((row) => (
          <Row
            key={row.node.id}
            row={row}
            look={looks.get(row.node.id) ?? NO_LOOK}
            isSelected={row.node.id === selected}
            onSelect={() => graph.goTo(row.node.id)}
            onToggle={() => toggle(row.node.id, row.isOpen === true)}
          />
        ))}
      </div>
    </div>
  );
}

/** Keeps the active row in sight of the pane, and never scrolls anything else. */
function useFollow(pane: { readonly current: HTMLDivElement | null }, at: number): void {
  useEffect(() => {
    const element = pane.current;
    if (element === null) return;
    const top = at * ROW_HEIGHT;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_HEIGHT > element.scrollTop + element.clientHeight) element.scrollTop = top + ROW_HEIGHT - element.clientHeight;
  }, [pane, at]);
}

/** The row that a key leads to; `undefined` = the key does something else, or nothing. */
function toNext(rows: readonly TreeRow[], at: number, key: string): TreeRow | undefined {
  const row = rows[at];
  switch (key) {
    case 'ArrowDown':
      return rows[at + 1];
    case 'ArrowUp':
      return rows[at - 1];
    case 'Home':
      return rows[0];
    case 'End':
      return rows.at(-1);
    case 'ArrowRight':
      return row?.isOpen === true ? rows[at + 1] : undefined;
    case 'ArrowLeft':
      return row?.isOpen === true ? undefined : rows.find((one) => one.node.id === row?.node.parent);
    default:
      return undefined;
  }
}

interface RowProps {
  readonly row: TreeRow;
  readonly look: NodeLook;
  readonly isSelected: boolean;
  readonly onSelect: () => void;
  readonly onToggle: () => void;
}

function Row({ row, look, isSelected, onSelect, onToggle }: RowProps): ReactNode {
  const { node, index, level, position, setSize, isOpen } = row;
  return (
    <div
      id={`row-${node.id}`}
      role="treeitem"
      aria-level={level}
      aria-posinset={position}
      aria-setsize={setSize}
      aria-selected={isSelected}
      aria-expanded={isOpen ?? undefined}
      className="row"
      style={{ top: index * ROW_HEIGHT, height: ROW_HEIGHT, paddingLeft: 4 + (level - 1) * 14 }}
      title={look.note === '' ? node.id : look.note}
      onClick={onSelect}
    >
      <span
        className={`twistie codicon ${isOpen === null ? '' : isOpen ? 'codicon-chevron-down' : 'codicon-chevron-right'}`}
        aria-hidden="true"
        onClick={(event) => {
          event.stopPropagation();
          onToggle();
        }}
      />
      <span className={`look look-${look.tone}`}>
        <span className={`codicon codicon-${look.icon}`} aria-hidden="true" />
      </span>
      <span className="row-name">{node.label}</span>
      <span className="quiet row-state">{[look.text, look.count, look.badge, look.time].filter((text) => text !== '').join(' · ')}</span>
    </div>
  );
}
