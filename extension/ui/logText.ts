import type { LogLine } from '../../rde-agent/protocol/documents.ts';

/** lines kept of one log; older ones are dropped from the document, and the document says so */
const MOST_LINES = 20_000;
const LONGEST_LINE = 10_000;

/** What a log document shows. What a task printed is shown as text: control characters and escape sequences do nothing here. */
export class LogText {
  readonly #namesSteps: boolean;
  #lines: string[] = [];
  #dropped = 0;
  #ended = false;

  constructor(namesSteps: boolean) {
    this.#namesSteps = namesSteps;
  }

  append(lines: readonly LogLine[]): void {
    this.#lines.push(...lines.map((line) => this.#toLine(line)));
    if (this.#lines.length <= MOST_LINES) return;
    this.#dropped += this.#lines.length - MOST_LINES;
    this.#lines = this.#lines.slice(-MOST_LINES);
  }

  end(): void {
    this.#ended = true;
  }

  fail(message: string): void {
    this.#lines.push(`— the log cannot be read on: ${message} —`);
    this.#ended = true;
  }

  get whole(): string {
    const head = this.#dropped === 0 ? [] : [`— ${this.#dropped} earlier lines: cairn logs —`];
    if (this.#lines.length === 0) return this.#ended ? '— nothing was written —\n' : '';
    return [...head, ...this.#lines, ''].join('\n');
  }

  #toLine({ step, text, stream }: LogLine): string {
    const shown = toPlainText(text).slice(0, LONGEST_LINE);
    const mark = stream === 'err' ? '! ' : '';
    return this.#namesSteps ? `[${step}] ${mark}${shown}` : `${mark}${shown}`;
  }
}

/** Without escape sequences (colours, titles, links, cursor moves) and other control characters but the tab. */
export function toPlainText(text: string): string {
  return text
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, '')
    .replace(/\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?/g, '')
    .replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '');
}
