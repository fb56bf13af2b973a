import { stripVTControlCharacters } from 'node:util';

/** Rows as aligned columns, two spaces between them and none at the end. Numbers given in `right` columns are aligned to the right. */
export function toTable(rows: readonly (readonly string[])[], right: readonly number[] = []): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, toWidth(cell))));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, index) => pad(cell, widths[index] ?? 0, right.includes(index)))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

function pad(cell: string, width: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, width - toWidth(cell)));
  return right ? space + cell : cell + space;
}

function toWidth(cell: string): number {
  return [...stripVTControlCharacters(cell)].length;
}
