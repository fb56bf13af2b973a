import type { PreviewCell, PreviewColumn } from '../../rde-agent/protocol/previewDocument.ts';
import { t } from '../protocol/words.ts';
import { formatCount, formatNumber } from '../shared/formatValues.ts';

/** A value as a cell shows it: what is missing by a word, so that it is no empty text; of a number as many digits as fit. */
export function toCellText(value: PreviewCell | undefined): string {
  if (value === null || value === undefined) return 'null';
  return typeof value === 'number' ? String(Number(value.toPrecision(12))) : String(value);
}

/** All of a value, as exactly as it came. */
export function toWholeText(value: PreviewCell | undefined): string {
  return value === null || value === undefined ? 'null' : String(value);
}

/** Numbers stand at the right, so that they can be compared. */
export function isNumeric({ type, histogram }: PreviewColumn): boolean {
  return histogram.length > 0 || /^(?:u?int|float|double|decimal|number|half)/i.test(type);
}

/** What is known of a column in a few short lines. */
export function toStatistics(column: PreviewColumn, rows: number): readonly string[] {
  if (column.masked) return toNulls(column, rows);
  const { min, max, mean, distinct } = column;
  return [
    ...toNulls(column, rows),
    ...(distinct === null ? [] : [t('{0} distinct', formatCount(distinct))]),
    ...(min === null || max === null ? [] : [`${toShortText(min)} – ${toShortText(max)}`]),
    ...(mean === null ? [] : [t('mean {0}', formatNumber(mean))]),
  ];
}

function toShortText(value: PreviewCell): string {
  return typeof value === 'number' ? formatNumber(value) : toCellText(value);
}

function toNulls({ nulls }: PreviewColumn, rows: number): readonly string[] {
  if (nulls === null) return [];
  if (nulls === 0) return [t('no nulls')];
  const share = rows === 0 ? 0 : (100 * nulls) / rows;
  return [t('{0} null ({1} %)', formatCount(nulls), share < 1 ? '<1' : String(Math.round(share)))];
}

/** What stands for the values of a masked column, and why: `pii`, `pii and health`, or that nobody has classified it. */
export function toMaskReason({ labels }: PreviewColumn): string {
  if (labels === null || labels.length === 0) return t('its values are not shown: nobody has classified the column');
  return t('its values are not shown: the column is labelled {0}', joinWords(labels));
}

/** One line about the masked columns of a table; `''` = none is. */
export function toMaskNotice(columns: readonly PreviewColumn[]): string {
  const masked = columns.filter((column) => column.masked);
  if (masked.length === 0) return '';
  const names = masked
    .slice(0, 4)
    .map(({ name, labels }) => `${name} (${labels === null || labels.length === 0 ? t('not classified') : labels.join(', ')})`);
  const rest = masked.length > 4 ? [t('{0} more', masked.length - 4)] : [];
  const columnNames = joinWords([...names, ...rest]);
  return masked.length === 1
    ? t('Values of {0} are not shown because of its label.', columnNames)
    : t('Values of {0} are not shown because of their labels.', columnNames);
}

function joinWords(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : t('{0} and {1}', words.slice(0, -1).join(', '), words.at(-1) ?? '');
}

/** `1 – 20: 14 rows`, for each step of a histogram. */
export function toBinTexts({ min, max, histogram }: PreviewColumn): readonly string[] {
  if (typeof min !== 'number' || typeof max !== 'number') return histogram.map((count) => t('{0} rows', formatCount(count)));
  const width = (max - min) / Math.max(1, histogram.length);
  return histogram.map((count, index) => {
    const [from, to] = [min + index * width, min + (index + 1) * width];
    const place = [formatNumber(from), formatNumber(to), formatCount(count)];
    return count === 1 ? t('{0} – {1}: {2} row', ...place) : t('{0} – {1}: {2} rows', ...place);
  });
}
