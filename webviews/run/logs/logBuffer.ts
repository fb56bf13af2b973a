import { findLogPlace } from '../../protocol/logPlaces.ts';
import { toPlainText } from '../../protocol/plainText.ts';
import type { LogLineView, LogMessage } from '../../protocol/runPanel.ts';

/** lines that are held; older ones are dropped, and it is said */
export const MOST_LINES = 200_000;
const LONGEST_LINE = 10_000;

export interface ShownLine {
  readonly step: string;
  readonly stream: LogLineView['stream'];
  readonly attempt: number;
  /** what was printed, as text: escape sequences and control characters are gone */
  readonly text: string;
}

/** The lines of one log, as they come. Changed in place: thousands of lines a second are not copied. */
export class LogBuffer {
  #lines: ShownLine[] = [];
  #dropped = 0;
  #done = false;
  #problem = '';

  get count(): number {
    return this.#lines.length;
  }
  /** lines that came before the first that is held */
  get dropped(): number {
    return this.#dropped;
  }
  get isDone(): boolean {
    return this.#done;
  }
  get problem(): string {
    return this.#problem;
  }

  append({ lines, done, problem }: Pick<LogMessage, 'lines' | 'done' | 'problem'>): void {
    for (const { step, stream, attempt, text } of lines)
      this.#lines.push({ step, stream, attempt, text: toPlainText(text).slice(0, LONGEST_LINE) });
    // A tenth more than is held, so that not every line moves all the others.
    if (this.#lines.length > MOST_LINES * 1.1) {
      const surplus = this.#lines.length - MOST_LINES;
      this.#lines = this.#lines.slice(surplus);
      this.#dropped += surplus;
    }
    this.#done = done;
    this.#problem = problem;
  }

  lineAt(index: number): ShownLine | undefined {
    return this.#lines[index];
  }

  /** Indices of the lines that contain the text, whatever its case; none for no text. */
  find(text: string): readonly number[] {
    const wanted = text.toLowerCase();
    if (wanted === '') return [];
    return this.#lines.flatMap((line, index) => (line.text.toLowerCase().includes(wanted) ? [index] : []));
  }
}

/** A line in parts: plain, found, or the place that it names. */
export interface LinePart {
  readonly kind: 'text' | 'found' | 'place';
  readonly text: string;
}

export function toLineParts(text: string, wanted: string): readonly LinePart[] {
  const place = findLogPlace(text);
  if (place === undefined) return markFound(text, wanted);
  return [
    ...markFound(text.slice(0, place.start), wanted),
    { kind: 'place', text: text.slice(place.start, place.end) },
    ...markFound(text.slice(place.end), wanted),
  ];
}

function markFound(text: string, wanted: string): readonly LinePart[] {
  if (text === '') return [];
  if (wanted === '') return [{ kind: 'text', text }];
  const parts: LinePart[] = [];
  const lower = text.toLowerCase();
  let from = 0;
  for (let at = lower.indexOf(wanted.toLowerCase()); at >= 0; at = lower.indexOf(wanted.toLowerCase(), from)) {
    if (at > from) parts.push({ kind: 'text', text: text.slice(from, at) });
    from = at + wanted.length;
    parts.push({ kind: 'found', text: text.slice(at, from) });
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) });
  return parts;
}
