import type { PreviewCell } from '../../protocol/previewDocument.ts';
import { toReading } from './cells.ts';
import { ParquetFile } from './parquetFile.ts';
import type { ReaderAnswer, ReaderRequest } from './readerMessages.ts';
import { collectStatistics } from './tableStatistics.ts';

/** cells of one page, and bytes of it as JSON (about) */
const MOST_CELLS = 50_000;
const LARGEST_PAGE = 2_000_000;
/** characters of one cell, at most and at least */
const LONGEST_CELL = 1000;
const SHORTEST_CELL = 40;

/** A page of a table, or statistics of its columns. Values of masked columns are not read at all. */
export async function readTable(request: ReaderRequest): Promise<ReaderAnswer> {
  const file = new ParquetFile(request.path);
  try {
    return request.statistics === null ? await readPage(file, request) : await readStatistics(file, request.statistics);
  } finally {
    file.close();
  }
}

async function readPage(file: ParquetFile, { offset, limit, masked, known, maskOthers }: ReaderRequest): Promise<ReaderAnswer> {
  const hidden = new Set(masked);
  const named = new Set(known);
  const columns = file.columns.map((column) => ({
    column,
    reading: toReading(column),
    masked: hidden.has(column.name) || (maskOthers && !named.has(column.name)),
  }));
  const most = Math.max(1, Math.floor(MOST_CELLS / Math.max(1, columns.length)));
  const start = Math.min(offset, file.rows);
  const end = Math.min(file.rows, start + Math.min(limit, most));
  const values: (readonly unknown[] | null)[] = [];
  for (const { column, masked: isMasked } of columns) values.push(isMasked ? null : await file.read(column.name, start, end));
  const toPage = (longest: number): PreviewCell[][] =>
    Array.from({ length: end - start }, (_, row) =>
      columns.map(({ reading }, index) => {
        const value = values[index]?.[row];
        return value === null || value === undefined ? null : reading.toCell(value, longest);
      }),
    );
  return {
    kind: 'table',
    rows: file.rows,
    columns: columns.map(({ column, reading, masked: isMasked }) => ({ name: column.name, type: reading.type, masked: isMasked })),
    page: toFitting(toPage),
  };
}

/** Long texts are cut shorter where there are many of them, and then there are fewer rows: the next page goes on from there. */
function toFitting(toPage: (longest: number) => PreviewCell[][]): PreviewCell[][] {
  for (let longest = LONGEST_CELL; longest > SHORTEST_CELL; longest = Math.floor(longest / 2)) {
    const page = toPage(longest);
    if (JSON.stringify(page).length <= LARGEST_PAGE) return page;
  }
  const page = toPage(SHORTEST_CELL);
  while (page.length > 1 && JSON.stringify(page).length > LARGEST_PAGE) page.length = Math.floor(page.length / 2);
  return page;
}

async function readStatistics(file: ParquetFile, names: readonly string[]): Promise<ReaderAnswer> {
  const wanted = new Set(names);
  const found: [string, Awaited<ReturnType<typeof collectStatistics>>][] = [];
  for (const column of file.columns) if (wanted.has(column.name)) found.push([column.name, await collectStatistics(file, column)]);
  return { kind: 'statistics', columns: Object.fromEntries(found) };
}
