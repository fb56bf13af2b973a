import type { PreviewCell, PreviewDocument } from '../protocol/previewDocument.ts';

type Table = Extract<PreviewDocument['content'], { kind: 'table' }>;

/** What a spreadsheet takes for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r]/;

/** Rows as RFC 4180, without the columns that are masked. Text that a spreadsheet would carry out is preceded by an apostrophe. */
export function toCsv({ columns, page }: Table, withHeader: boolean): string {
  const shown = columns.flatMap(({ masked }, index) => (masked ? [] : [index]));
  const header = withHeader ? [shown.map((index) => columns[index]?.name ?? '')] : [];
  const rows: readonly (readonly PreviewCell[])[] = [...header, ...page.map((row) => shown.map((index) => row[index] ?? null))];
  return rows.map((row) => `${row.map(toField).join(',')}\r\n`).join('');
}

function toField(cell: PreviewCell): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  const text = FORMULA.test(cell) && !isNumber(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) || text !== text.trim() ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Numbers that JSON has no word for come as text. */
function isNumber(text: string): boolean {
  return /^[+-]?(?:\d+(?:\.\d+)?|Infinity)$/.test(text);
}
