/** A cell: row and column from 0. */
export interface CellPlace {
  readonly row: number;
  readonly column: number;
}

/** rows that one scrolled area holds: browsers know no taller ones */
const MOST_ROWS = 1_000_000;

/** The stretch of rows that can be scrolled through now: all of them, or in a longer table a stretch with the row in it. */
export function toWindow(rows: number, row: number): { readonly base: number; readonly count: number } {
  if (rows <= MOST_ROWS) return { base: 0, count: rows };
  const base = Math.min(Math.floor(row / (MOST_ROWS / 2)) * (MOST_ROWS / 2), rows - MOST_ROWS);
  return { base, count: MOST_ROWS };
}

interface Extent {
  readonly rows: number;
  readonly columns: number;
  /** rows of one page */
  readonly page: number;
}

/** Where a key leads from a cell; `undefined` = it does not walk. */
export function moveCell(
  from: CellPlace | null,
  { key, ctrlKey, metaKey }: { readonly key: string; readonly ctrlKey: boolean; readonly metaKey: boolean },
  { rows, columns, page }: Extent,
): CellPlace | undefined {
  const { row, column } = from ?? { row: 0, column: 0 };
  const isFar = ctrlKey || metaKey;
  const at = (toRow: number, toColumn: number): CellPlace => ({
    row: Math.min(Math.max(toRow, 0), Math.max(0, rows - 1)),
    column: Math.min(Math.max(toColumn, 0), Math.max(0, columns - 1)),
  });
  const far = isFar ? Infinity : 1;
  const steps: { readonly [key: string]: readonly [rows: number, columns: number] } = {
    ArrowDown: [from === null ? 0 : far, 0],
    ArrowUp: [-far, 0],
    ArrowRight: [0, far],
    ArrowLeft: [0, -far],
    PageDown: [page, 0],
    PageUp: [-page, 0],
    Home: [isFar ? -Infinity : 0, -Infinity],
    End: [isFar ? Infinity : 0, Infinity],
  };
  const step = steps[key];
  return step === undefined ? undefined : at(row + step[0], column + step[1]);
}
