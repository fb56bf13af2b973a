import type { Position } from '../model/diagnostic.ts';

/** Where a cursor stands in a YAML text that need not be whole: what was typed so far decides, not what a parser makes of it. */
export interface YamlCursor {
  /** `key`: the name of a key of the map at `path` is being written. `value`: the value at `path`. */
  readonly kind: 'key' | 'value';
  readonly path: readonly (string | number)[];
  /** what stands between the start of the word and the cursor, without an opening quote */
  readonly typed: string;
  /** columns from 1: what a choice replaces; the word goes on behind the cursor */
  readonly start: number;
  readonly end: number;
  readonly isQuoted: boolean;
  readonly isInFlow: boolean;
  /** keys that the map has already, in block style */
  readonly siblings: readonly string[];
}

interface BlockLine {
  readonly indent: number;
  readonly dashes: number;
  /** columns from 0 where the first `-` of the line stands */
  readonly dashIndent: number;
  readonly key: string | undefined;
  /** column from 0 behind the colon */
  readonly valueAt: number;
}

const LINE = /^( *)((?:- +)*)(?:(-)$|("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#'"[\]{},:&*!|>%@`-][^#:]*?)[ \t]*:(?=[ \t]|$))?/;

/** Lines that are looked back over for the beginning of a `{` or `[`. */
const FLOW_LINES = 40;

/** `undefined`: inside a comment, where nothing is meant. */
export function toYamlCursor(text: string, { line, column }: Position): YamlCursor | undefined {
  const lines = text.split('\n').map((one) => one.replace(/\r$/, ''));
  const current = lines[line - 1] ?? '';
  const before = current.slice(0, column - 1);
  if (isInComment(before)) return undefined;
  const flow = toFlowCursor(lines, line - 1, column - 1);
  if (flow !== undefined) return flow;
  return toBlockCursor(lines, line - 1, column - 1);
}

function toBlockCursor(lines: readonly string[], row: number, at: number): YamlCursor {
  const current = lines[row] ?? '';
  const read = readBlockLine(current);
  const isValue = read.key !== undefined && at >= read.valueAt;
  const parents = toParents(lines, row, read);
  if (isValue) {
    const word = toWord(current, at, read.valueAt);
    return { kind: 'value', path: [...parents, read.key ?? ''], ...word, isInFlow: false, siblings: [] };
  }
  const word = toWord(current, at, read.indent);
  const isItem = read.dashes > 0 && read.key === undefined && !current.slice(at).includes(':');
  const siblings = toSiblings(lines, row, read.indent);
  return { kind: isItem ? 'value' : 'key', path: parents, ...word, isInFlow: false, siblings };
}

function readBlockLine(line: string): BlockLine {
  const found = LINE.exec(line);
  const spaces = found?.[1]?.length ?? 0;
  const marks = found?.[2] ?? '';
  const lone = found?.[3] === undefined ? 0 : 1;
  const written = found?.[4];
  return {
    indent: spaces + marks.length + lone,
    dashes: (marks.match(/-/g)?.length ?? 0) + lone,
    dashIndent: spaces,
    key: written === undefined ? undefined : toPlain(written),
    valueAt: found?.[0].length ?? 0,
  };
}

/** Keys and indexes above a line, from the root. */
function toParents(lines: readonly string[], row: number, read: BlockLine): readonly (string | number)[] {
  const path: (string | number)[] = [];
  let indent = read.indent;
  if (read.dashes > 0) {
    path.unshift(countItems(lines, row, read.dashIndent));
    // The key of a list may stand as far in as its dashes.
    indent = read.dashIndent + 1;
  }
  for (let above = row - 1; above >= 0 && indent > 0; above -= 1) {
    const line = lines[above] ?? '';
    if (isBlank(line)) continue;
    const parent = readBlockLine(line);
    if (parent.indent >= indent && !(parent.dashes > 0 && parent.dashIndent < indent)) continue;
    if (parent.key !== undefined && parent.indent < indent) path.unshift(parent.key);
    indent = parent.indent;
    if (parent.dashes > 0) {
      path.unshift(countItems(lines, above, parent.dashIndent));
      indent = parent.dashIndent + 1;
    }
  }
  return path;
}

function countItems(lines: readonly string[], row: number, dashIndent: number): number {
  let count = 0;
  for (let above = row - 1; above >= 0; above -= 1) {
    const line = lines[above] ?? '';
    if (isBlank(line)) continue;
    const read = readBlockLine(line);
    if (read.dashes > 0 && read.dashIndent === dashIndent) count += 1;
    else if (Math.min(read.indent, read.dashIndent) <= dashIndent) break;
  }
  return count;
}

/** Keys of the same map, above and below. */
function toSiblings(lines: readonly string[], row: number, indent: number): readonly string[] {
  const found: string[] = [];
  for (const step of [-1, 1]) {
    for (let at = row + step; at >= 0 && at < lines.length; at += step) {
      const line = lines[at] ?? '';
      if (isBlank(line)) continue;
      const read = readBlockLine(line);
      if (read.indent < indent) break;
      if (read.indent === indent && read.key !== undefined) found.push(read.key);
      if (read.indent === indent && read.dashes > 0) break;
    }
  }
  return found;
}

interface FlowLevel {
  readonly kind: 'map' | 'list';
  index: number;
  key: string | undefined;
  isAfterColon: boolean;
  wordAt: number;
  readonly keys: string[];
}

/** The cursor inside `{ }` or `[ ]`, which may begin lines above; `undefined` where none is open. */
function toFlowCursor(lines: readonly string[], row: number, at: number): YamlCursor | undefined {
  const first = toFlowStart(lines, row);
  const opening = readBlockLine(lines[first] ?? '');
  const levels = toOpenLevels(lines, { first, row, at, from: opening.valueAt });
  const level = levels.at(-1);
  if (level === undefined) return undefined;
  const base = [...toParents(lines, first, opening), ...(opening.key === undefined ? [] : [opening.key])];
  const inner = levels.slice(0, -1).map(toStep);
  const word = toWord(lines[row] ?? '', at, level.wordAt);
  const isKey = level.kind === 'map' && !level.isAfterColon;
  const path = [...base, ...inner, ...(isKey ? [] : [toStep(level)])];
  return { kind: isKey ? 'key' : 'value', path, ...word, isInFlow: true, siblings: level.keys };
}

function toStep({ kind, index, key }: FlowLevel): string | number {
  return kind === 'list' ? index : (key ?? '');
}

interface FlowStretch {
  readonly first: number;
  readonly row: number;
  /** column in the last line where it ends */
  readonly at: number;
  /** column in the first line where it begins */
  readonly from: number;
}

/** What is still open at the end of a stretch. */
function toOpenLevels(lines: readonly string[], { first, row, at, from }: FlowStretch): readonly FlowLevel[] {
  const levels: FlowLevel[] = [];
  let quote = '';
  for (let index = first; index <= row; index += 1) {
    const line = lines[index] ?? '';
    quote = takeLine(levels, line, { from: index === first ? from : 0, end: index === row ? at : line.length, quote });
    if (index < row) for (const level of levels) level.wordAt = 0;
  }
  return levels;
}

/** Answers the quote that is open at the end of the line. */
function takeLine(
  levels: FlowLevel[],
  line: string,
  part: { readonly from: number; readonly end: number; readonly quote: string },
): string {
  let { quote } = part;
  for (let column = part.from; column < part.end; column += 1) {
    const sign = line.charAt(column);
    if (quote !== '') quote = sign === quote ? '' : quote;
    else if (sign === '#' && (column === 0 || /\s/.test(line.charAt(column - 1)))) return quote;
    else if (isQuoteStart(line, column)) quote = sign;
    else takeSign(levels, sign, line, column);
  }
  return quote;
}

/** The line where the flow collection around a line may have begun. */
function toFlowStart(lines: readonly string[], row: number): number {
  let first = row;
  while (first > 0 && row - first < FLOW_LINES && /[[{,]\s*(?:\s#.*)?$/.test(lines[first - 1] ?? '')) first -= 1;
  return first;
}

function takeSign(levels: FlowLevel[], sign: string, line: string, column: number): void {
  const level = levels.at(-1);
  if (sign === '{' || sign === '[') {
    // `train[*]` and `${…}` are text, not collections.
    if (/[\w$]/.test(line.charAt(column - 1))) return;
    levels.push({ kind: sign === '{' ? 'map' : 'list', index: 0, key: undefined, isAfterColon: false, wordAt: column + 1, keys: [] });
  } else if (sign === '}' || sign === ']') {
    if (level !== undefined && (level.kind === 'map') === (sign === '}')) levels.pop();
  } else if (level !== undefined && sign === ',') {
    Object.assign(level, { index: level.index + 1, key: undefined, isAfterColon: false, wordAt: column + 1 });
  } else if (level?.kind === 'map' && sign === ':' && !level.isAfterColon) {
    const key = toPlain(line.slice(level.wordAt, column).trim());
    level.keys.push(key);
    Object.assign(level, { key, isAfterColon: true, wordAt: column + 1 });
  }
}

function isQuoteStart(line: string, column: number): boolean {
  return /["']/.test(line.charAt(column)) && (column === 0 || /[\s{[,:]/.test(line.charAt(column - 1)));
}

/** The word around the cursor, from `from` on. */
function toWord(line: string, at: number, from: number): Pick<YamlCursor, 'typed' | 'start' | 'end' | 'isQuoted'> {
  const lead = /^[ \t]*/.exec(line.slice(from, Math.max(from, at)))?.[0].length ?? 0;
  const start = Math.min(from + lead, at);
  const quote = /["']/.test(line.charAt(start)) && start < at ? line.charAt(start) : '';
  const inner = start + quote.length;
  const rest = quote === '' ? /^[\w./@*[\]${}-]*/ : /^[^"']*/;
  const ahead = rest.exec(line.slice(at))?.[0] ?? '';
  const end = quote === '' && /[{}[\]]$/.test(ahead) ? at : at + ahead.length;
  return { typed: line.slice(inner, at), start: inner + 1, end: Math.max(end, at) + 1, isQuoted: quote !== '' };
}

function isInComment(before: string): boolean {
  let quote = '';
  for (let at = 0; at < before.length; at += 1) {
    const sign = before.charAt(at);
    if (quote !== '') quote = sign === quote ? '' : quote;
    else if (isQuoteStart(before, at)) quote = sign;
    else if (sign === '#' && (at === 0 || /\s/.test(before.charAt(at - 1)))) return true;
  }
  return false;
}

function isBlank(line: string): boolean {
  return /^\s*(?:#.*)?$/.test(line);
}

function toPlain(written: string): string {
  return /^(["']).*\1$/.test(written) ? written.slice(1, -1) : written;
}
