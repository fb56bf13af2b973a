import type { CST } from 'yaml';
import type { Span } from './sourceMap.ts';

/** A sign that opens something which nothing closes. */
export interface Unclosed extends Span {
  readonly opening: string;
  readonly closing: string;
}

const CLOSING: { readonly [opening: string]: string } = { '{': '}', '[': ']' };

/** The first innermost `{`, `[` or quote without its end; `undefined`: everything is closed. The tokens are as deep as PARSE_LIMITS allows. */
export function findUnclosed(tokens: readonly CST.Token[]): Unclosed | undefined {
  for (const token of tokens) {
    const found = token.type === 'document' ? findIn(token.value) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function findIn(token: CST.Token | null | undefined): Unclosed | undefined {
  switch (token?.type) {
    case 'block-map':
    case 'block-seq':
      return findInItems(token.items);
    case 'flow-collection':
      return findInItems(token.items) ?? findInFlow(token);
    case 'double-quoted-scalar':
    case 'single-quoted-scalar':
      return findInQuoted(token);
    default:
      return undefined;
  }
}

function findInItems(items: readonly { readonly key?: CST.Token | null; readonly value?: CST.Token }[]): Unclosed | undefined {
  for (const { key, value } of items) {
    const found = findIn(key) ?? findIn(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function findInFlow({ start, end }: CST.FlowCollection): Unclosed | undefined {
  const closing = CLOSING[start.source] ?? '';
  if (end.some((token) => token.source === closing)) return undefined;
  return { start: start.offset, end: start.offset + 1, opening: start.source, closing };
}

function findInQuoted({ offset, source }: CST.FlowScalar): Unclosed | undefined {
  const quote = source.charAt(0);
  if (source.length > 1 && source.endsWith(quote)) return undefined;
  return { start: offset, end: offset + 1, opening: quote, closing: quote };
}
