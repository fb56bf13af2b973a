import type { Reason } from '../protocol/reason.ts';
import { toPlainText } from './terminal.ts';

/** The most telling reason as a sentence, and how many more there are. */
export function toReasonText(reasons: readonly Reason[]): string {
  const [first] = reasons;
  if (first === undefined) return '';
  const more = reasons.length > 1 ? ` (+${String(reasons.length - 1)} more)` : '';
  return toPlainText(first.message) + more;
}

/** Each reason on a line, with where it is. */
export function toReasonLines(reasons: readonly Reason[]): string[] {
  return reasons.map((reason) => {
    const place = reason.file === undefined ? '' : ` (${reason.file}${reason.line === undefined ? '' : `:${String(reason.line)}`})`;
    return `${reason.kind}: ${toPlainText(reason.message)}${place}`;
  });
}
