import type { PreviewCell, PreviewColumn, PreviewDocument } from '../protocol/previewDocument.ts';
import { toCount, toMetric, toSize } from './numbers.ts';
import { toTable } from './table.ts';
import { toPlainText } from './terminal.ts';

type Content = PreviewDocument['content'];
type Table = Extract<Content, { kind: 'table' }>;

/** characters of a cell for people, and lines of a text */
const LONGEST = 24;
const MOST_LINES = 200;

/** An output for a terminal of so many columns. */
export function toPreviewText({ step, port, type, bytes, content }: PreviewDocument, width: number): string {
  return `${step}.${port}  ${type}, ${toSize(bytes)}\n${toContent(content, width)}`;
}

function toContent(content: Content, width: number): string {
  switch (content.kind) {
    case 'table':
      return toColumns(content) + toRows(content, width);
    case 'figure':
      return `a picture (${content.mime}): the run panel and the portal show it\n`;
    case 'text':
    case 'json':
      return toLines(content.text, content.cut);
    case 'metrics':
      return toTable(Object.entries(content.metrics).map(([name, value]) => [toPlainText(name), toMetric(value)]));
    case 'files':
      return toTable(
        content.files.map(({ path, bytes }) => [toPlainText(path), toSize(bytes)]),
        [1],
      ).concat(content.cut ? 'and more\n' : '');
    case 'opaque':
      return `${toPlainText(content.reason)}\n`;
  }
}

function toLines(text: string, cut: boolean): string {
  const lines = text.split('\n');
  const shown = lines.slice(0, MOST_LINES).map(toPlainText);
  const isMore = cut || lines.length > MOST_LINES;
  return `${shown.join('\n')}\n${isMore ? 'and more\n' : ''}`;
}

function toColumns({ rows, columns }: Table): string {
  const head = ['COLUMN', 'TYPE', 'LABELS', 'NULLS', 'MIN', 'MAX', 'MEAN', 'DISTINCT'];
  const lines = columns.map(toColumnCells);
  return `${toCount(rows, 'row')}, ${toCount(columns.length, 'column')}\n\n${toTable([head, ...lines], [3, 7])}`;
}

function toColumnCells({ name, type, labels, masked, nulls, min, max, mean, distinct }: PreviewColumn): string[] {
  const classes = labels === null ? 'none' : labels.join(', ');
  if (masked) return [toShort(name), type, classes, '', 'masked'];
  const counted = [nulls, min, max, mean === null ? null : Number(toMetric(mean)), distinct].map((cell) =>
    cell === null ? '' : toShort(cell),
  );
  return [toShort(name), type, classes, ...counted];
}

/** As many columns as fit; the others are named by their number. */
function toRows({ rows, columns, offset, page }: Table, width: number): string {
  if (page.length === 0) return '';
  const shown = columns.map((column, index) => ({ column, index })).filter(({ column }) => !column.masked);
  const cells = shown.map(({ column, index }) => [toShort(column.name), ...page.map((row) => toShort(row[index] ?? null))]);
  const numbers = shown.flatMap(({ index }, place) => (page.some((row) => typeof row[index] === 'number') ? [place] : []));
  let used = 0;
  const fits = (column: readonly string[]): boolean => (used += Math.max(...column.map((cell) => cell.length)) + 2) <= width + 2;
  const first = cells.findIndex((column) => !fits(column));
  const fitting = first < 0 ? cells : cells.slice(0, first);
  if (fitting.length === 0) return '';
  const lines = Array.from({ length: page.length + 1 }, (_, line) => fitting.map((column) => column[line] ?? ''));
  const left = cells.length - fitting.length;
  const range = `rows ${String(offset + 1)} to ${String(offset + page.length)} of ${String(rows)}`;
  return `\n${toTable(lines, numbers)}${range}${left === 0 ? '' : `, ${toCount(left, 'more column')}`}\n`;
}

function toShort(cell: PreviewCell): string {
  if (cell === null) return '';
  const text = toPlainText(String(cell).replaceAll(/[\t\n]/g, ' '));
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}
