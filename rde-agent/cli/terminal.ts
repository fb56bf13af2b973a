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

/** Control sequences of terminals (colours, cursor, titles) and single control characters other than tab. */
const CONTROL = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[\x00-\x08\x0a-\x1f\x7f-\x9f]/g;
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
