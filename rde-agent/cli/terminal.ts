import { styleText } from 'node:util';

/** The part of a stream that is written to, so that tests can give their own. */
export interface TextStream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
/** Colours a text, or leaves it when there is no terminal for it. */
export type Paint = (style: Style, text: string) => string;

/** `NO_COLOR` (any value) forbids, `FORCE_COLOR` (but `0`) demands, else a terminal decides. */
export function wantsColour(stream: TextStream, env: { readonly [name: string]: string | undefined }): boolean {
  if (env['NO_COLOR']) return false;
  if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0' && env['FORCE_COLOR'] !== 'false';
  return stream.isTTY === true && env['TERM'] !== 'dumb';
}

export function createPaint(colour: boolean): Paint {
  return colour ? (style, text) => styleText(style, text, { validateStream: false }) : (_style, text) => text;
}

/** Control sequences of terminals (colours, cursor, titles), single control characters other than tab, and what turns the direction of text. */
const CONTROL =
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
/** The same in a text of several lines: none goes beyond its line. */
const CONTROL_IN_LINES =
  /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)|\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;
const COLOUR = /^\x1b\[[\d;]*m$/;

/** Text of others as text only. */
export function toPlainText(text: string): string {
  return text.replace(CONTROL, '');
}

/** Text of others with its colours, but nothing that moves the cursor or talks to the terminal. */
export function toColouredText(text: string): string {
  const kept = text.replace(CONTROL, (sequence) => (COLOUR.test(sequence) ? sequence : ''));
  return kept === text && !text.includes('\u001b') ? text : `${kept}\u001b[0m`;
}

/**
 * A stream to which everything that people see is written: whatever names, messages and values of others hold, nothing but lines, and colours where
 * they are wanted, reaches the terminal.
 */
export function guardStream(stream: TextStream, colour: boolean): TextStream {
  const keep = (sequence: string): string => (colour && COLOUR.test(sequence) ? sequence : '');
  return {
    write: (text) => stream.write(text.replace(CONTROL_IN_LINES, keep)),
    ...(stream.isTTY === undefined ? {} : { isTTY: stream.isTTY }),
    ...(stream.columns === undefined ? {} : { columns: stream.columns }),
  };
}
