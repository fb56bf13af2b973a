import { CST, Lexer, Parser } from 'yaml';
import { t } from '../model/words.ts';
import { PARSE_LIMITS } from './limits.ts';
import type { Span } from './sourceMap.ts';

/**
 * Text that YAML takes for something else and that is read as if it stood in quotes:
 * `flow`: an expression inside `{ }` or `[ ]`, as in `{ kind: ${foreach.kind} }`; `tag`: a value that begins with `!`.
 * `prefix` is a tag before a value: it is left out.
 */
export interface UnquotedText extends Span {
  readonly kind: 'flow' | 'tag' | 'prefix';
  readonly text: string;
}

export type TokenReading =
  | { readonly kind: 'read'; readonly tokens: readonly CST.Token[]; readonly unquoted: readonly UnquotedText[] }
  | { readonly kind: 'limit'; readonly at: number; readonly message: string };

const SUBSTITUTION = /[^\s,{}[\]]*(?:\$\{[^}\n]*\}[^\s,{}[\]]*)+/y;
const ELEMENT = /[A-Za-z_][\w-]*(?:\.\w+)?\[[^\]\n]*\](?:\.\w+)?/y;
/** `!!str` is a tag of YAML's own, `!!params.x` a condition with two negations */
const OWN_TAG = /!!(?![!(]|params\.|[\w-]+\.metrics\.)/y;

/**
 * Reads a text into the tokens of the YAML library and stops at once where the text is too deep or too long: the later stages are
 * recursive. On the way it finds what would have needed quotes.
 */
export function readTokens(text: string): TokenReading {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  const watch = createUnquotedWatch(text);
  let count = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const at = parser.offset;
    watch.take(lexeme, at);
    for (const token of parser.next(lexeme)) tokens.push(token);
    count += 1;
    if (parser.stack.length > 2 * PARSE_LIMITS.depth) {
      return { kind: 'limit', at, message: t`Maps and lists are nested more than ${PARSE_LIMITS.depth} deep here.` };
    }
    if (count > PARSE_LIMITS.tokens)
      return { kind: 'limit', at, message: t`This file has more than ${PARSE_LIMITS.tokens} words and signs.` };
  }
  for (const token of parser.end()) tokens.push(token);
  return { kind: 'read', tokens, unquoted: watch.found };
}

interface UnquotedWatch {
  readonly found: readonly UnquotedText[];
  take(lexeme: string, at: number): void;
}

function createUnquotedWatch(text: string): UnquotedWatch {
  const found: UnquotedText[] = [];
  let previous = '';
  let flowDepth = 0;
  let scalar: Span | undefined;
  return {
    found,
    take(lexeme, at) {
      const isScalar = previous === CST.SCALAR;
      if (!isScalar) {
        const opens = lexeme === '{' || lexeme === '[';
        if (opens && flowDepth > 0 && scalar?.end === at) found.push(...toExpression(text, scalar.start));
        if (lexeme.startsWith('!')) found.push(toTagged(text, { start: at, end: at + lexeme.length }, flowDepth > 0));
        flowDepth = toFlowDepth(flowDepth, lexeme);
      }
      scalar = isScalar ? { start: at, end: at + lexeme.length } : undefined;
      previous = lexeme;
    },
  };
}

function toFlowDepth(depth: number, lexeme: string): number {
  if (lexeme === '{' || lexeme === '[') return depth + 1;
  return lexeme === '}' || lexeme === ']' ? Math.max(0, depth - 1) : depth;
}

function toExpression(text: string, start: number): readonly UnquotedText[] {
  for (const pattern of [SUBSTITUTION, ELEMENT]) {
    pattern.lastIndex = start;
    const found = pattern.exec(text)?.[0];
    if (found !== undefined) return [{ kind: 'flow', start, end: start + found.length, text: found }];
  }
  return [];
}

/** `!params.x` up to the end of its value; only the tag itself where another kind of value follows or the tag is one of YAML's own. */
function toTagged(text: string, tag: Span, isInFlow: boolean): UnquotedText {
  const rest = isInFlow ? /[^\n#,{}[\]]*/y : /(?:[^\n#]|(?<=\S)#)*/y;
  rest.lastIndex = tag.end;
  const following = rest.exec(text)?.[0].trimEnd() ?? '';
  OWN_TAG.lastIndex = tag.start;
  if (OWN_TAG.test(text) || /^\s*(?:["'[{|>*-]|&(?!&))/.test(following) || /:(?:\s|$)/.test(following)) {
    return { kind: 'prefix', ...tag, text: text.slice(tag.start, tag.end) };
  }
  const end = tag.end + following.length;
  return { kind: 'tag', start: tag.start, end, text: text.slice(tag.start, end) };
}

/** The same text with its unquoted texts made into plain words (or blanks) of the same length, so that everything else keeps its place. */
export function maskUnquoted(text: string, unquoted: readonly UnquotedText[]): string {
  let masked = '';
  let from = 0;
  for (const { kind, start, end } of unquoted) {
    if (start < from) continue;
    masked += text.slice(from, start) + (kind === 'prefix' ? ' ' : 'x').repeat(end - start);
    from = end;
  }
  return masked + text.slice(from);
}
