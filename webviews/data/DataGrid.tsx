import { useVirtualizer, type VirtualItem } from '@tanstack/react-virtual';
import { useEffect, useId, useRef, type CSSProperties, type KeyboardEvent, type ReactNode, type RefObject } from 'react';
import type { PreviewCell, PreviewColumn } from '../../rde-agent/protocol/previewDocument.ts';
import { t } from '../protocol/words.ts';
import { formatCount } from '../shared/formatValues.ts';
import { ColumnHead } from './ColumnHead.tsx';
import { isNumeric, toCellText } from './columnTexts.ts';
import { moveCell, toWindow, type CellPlace } from './cellPlaces.ts';

const ROW_HEIGHT = 24;
const HEAD_HEIGHT = 116;
const COLUMN_WIDTH = 168;
const NUMBERS_WIDTH = 72;

interface DataGridProps {
  readonly label: string;
  readonly columns: readonly PreviewColumn[];
  readonly rows: number;
  /** `undefined` = it has not come yet */
  readonly rowAt: (index: number) => readonly PreviewCell[] | undefined;
  /** these rows are in sight */
  readonly onRange: (from: number, to: number) => void;
  readonly chosen: CellPlace | null;
  readonly onChoose: (place: CellPlace) => void;
}

/** Cells of which only those in sight are made, in both directions. Walked by arrows, pages, Home and End. */
export function DataGrid(props: DataGridProps): ReactNode {
  const { label, columns, rows, chosen, onChoose } = props;
  const prefix = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const { base, shownRows, shownColumns, width, height } = useSight(props, scroller);
  const onKeyDown = (event: KeyboardEvent): void => {
    const page = Math.max(1, shownRows.length - 8);
    const next = moveCell(chosen, event, { rows, columns: columns.length, page });
    if (next === undefined) return;
    event.preventDefault();
    onChoose(next);
  };
  return (
    <div
      ref={scroller}
      className="grid-rows"
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={rows + 1}
      aria-colcount={columns.length + 1}
      aria-activedescendant={chosen === null ? undefined : toCellId(prefix, chosen.row, chosen.column)}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" className="grid-head" style={{ width, height: HEAD_HEIGHT }}>
        <div role="row" aria-rowindex={1}>
          <div role="columnheader" aria-colindex={1} className="corner" style={{ width: NUMBERS_WIDTH, height: HEAD_HEIGHT }}>
            <span className="sr-only">{t('Row')}</span>
          </div>
          {shownColumns.map((item) => (
            <ColumnHead key={item.key} column={columns[item.index]} index={item.index} rows={rows} style={toPlace(item.start, item.size)} />
          ))}
        </div>
      </div>
      <div role="rowgroup" className="grid-body" style={{ width, height }}>
        {shownRows.map((item) => (
          <Row
            key={item.key}
            grid={props}
            prefix={prefix}
            index={base + item.index}
            top={item.start - HEAD_HEIGHT}
            shownColumns={shownColumns}
          />
        ))}
      </div>
    </div>
  );
}

/** What is in sight; tells of the rows, and follows the chosen cell. */
function useSight({ columns, rows, onRange, chosen }: DataGridProps, scroller: RefObject<HTMLDivElement | null>) {
  const { base, count } = toWindow(rows, chosen?.row ?? 0);
  const getScrollElement = (): HTMLDivElement | null => scroller.current;
  const down = useVirtualizer({
    getScrollElement,
    count,
    estimateSize: () => ROW_HEIGHT,
    overscan: 6,
    paddingStart: HEAD_HEIGHT,
    scrollPaddingStart: HEAD_HEIGHT,
  });
  const across = useVirtualizer({
    getScrollElement,
    horizontal: true,
    count: columns.length,
    estimateSize: () => COLUMN_WIDTH,
    overscan: 2,
    paddingStart: NUMBERS_WIDTH,
    scrollPaddingStart: NUMBERS_WIDTH,
  });
  const shownRows = down.getVirtualItems();
  const [from, to] = [base + (shownRows[0]?.index ?? 0), base + (shownRows.at(-1)?.index ?? 0)];
  useEffect(() => {
    if (rows > 0) onRange(from, to);
  }, [onRange, rows, from, to]);
  useEffect(() => {
    if (chosen === null) return;
    down.scrollToIndex(chosen.row - base, { align: 'auto' });
    across.scrollToIndex(chosen.column, { align: 'auto' });
    // Only a change of the choice moves the page.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [chosen]);
  return {
    base,
    shownRows,
    shownColumns: across.getVirtualItems(),
    width: across.getTotalSize(),
    height: down.getTotalSize() - HEAD_HEIGHT,
  };
}

interface RowProps {
  readonly grid: DataGridProps;
  readonly prefix: string;
  readonly index: number;
  /** pixels below the head */
  readonly top: number;
  readonly shownColumns: readonly VirtualItem[];
}

function Row({ grid, prefix, index, top, shownColumns }: RowProps): ReactNode {
  const { columns, rowAt, chosen, onChoose } = grid;
  const cells = rowAt(index);
  return (
    <div role="row" aria-rowindex={index + 2} className="data-row" style={{ height: ROW_HEIGHT, transform: `translateY(${top}px)` }}>
      <div role="rowheader" aria-colindex={1} className="data-number" style={{ width: NUMBERS_WIDTH }}>
        {formatCount(index + 1)}
      </div>
      {shownColumns.map((column) => (
        <Cell
          key={column.key}
          id={toCellId(prefix, index, column.index)}
          column={columns[column.index]}
          index={column.index}
          value={cells?.[column.index]}
          isRead={cells !== undefined}
          isChosen={chosen?.row === index && chosen.column === column.index}
          style={toPlace(column.start, column.size)}
          onChoose={() => onChoose({ row: index, column: column.index })}
        />
      ))}
    </div>
  );
}

function toCellId(prefix: string, row: number, column: number): string {
  return `${prefix}${row}-${column}`;
}

function toPlace(start: number, size: number): CSSProperties {
  return { left: start, width: size };
}

interface CellProps {
  readonly id: string;
  readonly column: PreviewColumn | undefined;
  readonly index: number;
  readonly value: PreviewCell | undefined;
  readonly isRead: boolean;
  readonly isChosen: boolean;
  readonly style: CSSProperties;
  readonly onChoose: () => void;
}

function Cell({ id, column, index, value, isRead, isChosen, style, onChoose }: CellProps): ReactNode {
  if (column === undefined) return null;
  const isEmpty = column.masked || value === null || value === undefined;
  const text = !isRead ? '…' : column.masked ? '•••' : toCellText(value);
  return (
    <div
      id={id}
      role="gridcell"
      aria-colindex={index + 2}
      aria-selected={isChosen}
      aria-label={column.masked ? t('masked') : undefined}
      className={`data-cell${isNumeric(column) ? ' number' : ''}${isEmpty ? ' quiet' : ''}`}
      style={style}
      onClick={onChoose}
    >
      {text}
    </div>
  );
}
