import type { LogLine } from '../../rde-agent/protocol/documents.ts';
import { toPlainText } from '../../webviews/protocol/plainText.ts';
import { t } from '../../webviews/protocol/words.ts';

export { toPlainText } from '../../webviews/protocol/plainText.ts';

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
    this.#lines.push(`— ${t('the log cannot be read on: {0}', message)} —`);
    this.#ended = true;
  }

  get whole(): string {
    const head = this.#dropped === 0 ? [] : [`— ${t('{0} earlier lines: cairn logs', this.#dropped)} —`];
    if (this.#lines.length === 0) return this.#ended ? `— ${t('nothing was written')} —\n` : '';
    return [...head, ...this.#lines, ''].join('\n');
  }

  #toLine({ step, text, stream }: LogLine): string {
    const shown = toPlainText(text).slice(0, LONGEST_LINE);
    const mark = stream === 'err' ? '! ' : '';
    return this.#namesSteps ? `[${step}] ${mark}${shown}` : `${mark}${shown}`;
  }
}
