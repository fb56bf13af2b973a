import type { Position, TextEdit } from '../model/diagnostic.ts';
import { t } from '../model/words.ts';
import { toLineStarts } from '../parse/sourceMap.ts';

export type EditResult =
  | { readonly kind: 'applied'; readonly text: string }
  /** The edits do not belong to this text: a place is outside it, or two edits overlap. Nothing was applied. */
  | { readonly kind: 'refused'; readonly message: string };

/**
 * Applies the edits of one file to its text. Places are those of the text before any edit, in any order. Everything outside the
 * edits stays byte for byte the same; either all are applied or none.
 */
export function applyEdits(text: string, edits: readonly TextEdit[]): EditResult {
  const lineStarts = toLineStarts(text);
  const spans: { readonly start: number; readonly end: number; readonly newText: string }[] = [];
  for (const { range, newText } of edits) {
    const start = toOffset(text, lineStarts, range.start);
    const end = toOffset(text, lineStarts, range.end);
    if (start === undefined || end === undefined || end < start) return { kind: 'refused', message: t('An edit is outside the text.') };
    spans.push({ start, end, newText });
  }
  spans.sort((one, other) => one.start - other.start || one.end - other.end);
  let edited = '';
  let from = 0;
  for (const { start, end, newText } of spans) {
    if (start < from) return { kind: 'refused', message: t('Two edits overlap.') };
    edited += text.slice(from, start) + newText;
    from = end;
  }
  return { kind: 'applied', text: edited + text.slice(from) };
}

function toOffset(text: string, lineStarts: readonly number[], { line, column }: Position): number | undefined {
  const start = lineStarts[line - 1];
  if (start === undefined || column < 1) return undefined;
  const next = lineStarts[line] ?? text.length + 1;
  const offset = start + column - 1;
  return offset < next ? offset : undefined;
}
