import { toPlainText, type TextStream } from './terminal.ts';

/**
 * One line at the bottom of a terminal that is written over while something is under way. Without a terminal nothing of it is written, so
 * log files get only what lasts. Lasting output goes through `around`, which takes the line away meanwhile.
 */
export interface ProgressLine {
  show(text: string): void;
  around(write: () => void): void;
  /** Takes the line away. It can be shown again. */
  clear(): void;
}

/** milliseconds between two paintings */
const FRAME = 80;
const SPINNER = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const ERASE = '\r\u001b[K';

export function createProgressLine(stream: TextStream, enabled: boolean): ProgressLine {
  if (!enabled) return { show: () => undefined, around: (write) => write(), clear: () => undefined };
  let text = '';
  let frame = 0;
  let timer: NodeJS.Timeout | undefined;
  const paint = (): void => {
    frame = (frame + 1) % SPINNER.length;
    const line = `${SPINNER[frame] ?? ''} ${toPlainText(text)}`;
    stream.write(ERASE + [...line].slice(0, Math.max(10, (stream.columns || 80) - 1)).join(''));
  };
  const clear = (): void => {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    stream.write(ERASE);
  };
  return {
    show(next) {
      text = next;
      if (timer !== undefined) return;
      timer = setInterval(paint, FRAME);
      timer.unref();
      paint();
    },
    around(write) {
      if (timer === undefined) return write();
      stream.write(ERASE);
      write();
      paint();
    },
    clear,
  };
}
