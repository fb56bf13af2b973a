import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useId, useRef, type KeyboardEvent, type ReactNode } from 'react';

export interface RowLook {
  readonly content: ReactNode;
  readonly className?: string;
  /** of a row that holds others: whether they are shown */
  readonly expanded?: boolean | undefined;
  /** from 1, where rows hold others */
  readonly level?: number | undefined;
}

export interface VirtualRowsProps {
  readonly label: string;
  readonly role: 'grid' | 'treegrid';
  readonly count: number;
  /** pixels; every row has it */
  readonly rowHeight: number;
  /** cells of the head, which stays in sight */
  readonly header: ReactNode;
  /** index of the chosen row; -1 = none */
  readonly active: number;
  readonly onMove: (index: number) => void;
  /** keys that do not walk the rows; not asked when one does */
  readonly onKey?: (event: KeyboardEvent) => void;
  /** the cells of a row */
  readonly row: (index: number) => RowLook;
  /** pixels; where the rows are wider than the page */
  readonly width?: number | undefined;
  readonly className?: string;
}

/** Any number of rows of equal height, of which only those in sight are made. Walked by arrows, pages, Home and End; one is chosen. */
export function VirtualRows(props: VirtualRowsProps): ReactNode {
  const { label, role, count, rowHeight, header, active, onMove, onKey, row, width, className = '' } = props;
  const prefix = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const virtualizer = useVirtualizer({ count, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 8 });
  useEffect(() => {
    if (active >= 0) virtualizer.scrollToIndex(active, { align: 'auto' });
    // Only a change of the choice moves the page: what is appended or sorted does not.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [active]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2);
    const next = toNext(event, active, count, page);
    if (next === undefined) return onKey?.(event);
    event.preventDefault();
    if (count > 0) onMove(next);
  };
  const style = width === undefined ? {} : { width };
  return (
    <div
      ref={scroller}
      className={`grid-rows ${className}`}
      role={role}
      tabIndex={0}
      aria-label={label}
      aria-rowcount={count + 1}
      aria-activedescendant={active >= 0 ? `${prefix}${active}` : undefined}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className="grid-head" style={style}>
        <div role="row" aria-rowindex={1} className="grid-row">
          {header}
        </div>
      </div>
      <div role="rowgroup" className="grid-body" style={{ ...style, height: virtualizer.getTotalSize() }}>
        {virtualizer.getVirtualItems().map((item) => {
          const look = row(item.index);
          return (
            <div
              key={item.key}
              id={`${prefix}${item.index}`}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={item.index === active}
              aria-expanded={look.expanded}
              aria-level={look.level}
              className={`grid-row ${look.className ?? ''}`}
              style={{ height: rowHeight, transform: `translateY(${item.start}px)` }}
              onClick={() => onMove(item.index)}
            >
              {look.content}
            </div>
          );
        })}
      </div>
    </div>
  );
}

/** Where a key leads; `undefined` = it does not walk. */
function toNext({ key, altKey, ctrlKey, metaKey }: KeyboardEvent, active: number, count: number, page: number): number | undefined {
  if (altKey || ctrlKey || metaKey) return undefined;
  const to = (index: number): number => Math.min(Math.max(index, 0), count - 1);
  switch (key) {
    case 'ArrowDown':
      return to(active + 1);
    case 'ArrowUp':
      return to(active < 0 ? 0 : active - 1);
    case 'PageDown':
      return to(active + page);
    case 'PageUp':
      return to(active - page);
    case 'Home':
      return to(0);
    case 'End':
      return to(count - 1);
    default:
      return undefined;
  }
}
