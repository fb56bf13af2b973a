/** One thing of a script's top level: a function, a class, a variable of a declaration, or any other statement. */
export interface Piece {
  /** `undefined` = it declares nothing that has one name */
  readonly name: string | undefined;
  readonly text: string;
  /** offset in the script */
  readonly start: number;
}

/** after these words a `/` begins a regular expression */
const BEFORE_PATTERN = new Set('return typeof case in of void delete throw new else do yield await instanceof'.split(' '));
const CLOSING: { readonly [open: string]: string } = { '(': ')', '[': ']', '{': '}' };
/** statements that end with a brace, and what goes on behind one */
const BLOCK = /^(?:export\s*(?:default\s*)?)?(?:async\s+function|function|class|if|for|while|switch|try|do|\{)(?![\w$])|^\{/;
const GOES_ON = /^\s*(?:else|catch|finally|while)(?![\w$])/;
const DECLARED = /^(?:export\s*(?:default\s*)?)?(?:async\s+)?(?:function\s*\*?|class)\s*([\w$]+)/;
const VARIABLE = /^(?:(?:export\s*)?(?:var|let|const)\s+)?([\w$]+)\s*(?:=|$)/;

/**
 * Splits what a bundler has written, which has no comments and ends its statements, into the pieces of its top level. `undefined` where brackets or
 * quotes do not come out even: then nothing is to be concluded from it.
 */
export function splitStatements(text: string): readonly Piece[] | undefined {
  const reading: Reading = { text, pieces: [], open: [], start: 0, isFresh: true, isVariable: false };
  for (let at = 0; at < text.length; at += 1) {
    begin(reading, at);
    const skipped = skipToken(text, at, reading.open);
    if (skipped === undefined) return undefined;
    if (skipped > at) at = skipped;
    else if (!takeSign(reading, at)) return undefined;
  }
  if (reading.open.length > 0) return undefined;
  endPiece(reading, text.length, text.length);
  return reading.pieces;
}

interface Reading {
  readonly text: string;
  readonly pieces: Piece[];
  /** what closes the brackets and templates that are open, the innermost last */
  readonly open: string[];
  /** of the piece that is read */
  start: number;
  /** nothing of the statement was read */
  isFresh: boolean;
  /** it declares variables, each a piece */
  isVariable: boolean;
}

function begin(reading: Reading, at: number): void {
  if (!reading.isFresh || !/\S/.test(reading.text.charAt(at))) return;
  reading.isVariable = /^(?:export\s*)?(?:var|let|const)\s/.test(reading.text.slice(at, at + 32));
  reading.isFresh = false;
}

/** False where a bracket closes what is not open. */
function takeSign(reading: Reading, at: number): boolean {
  const { text, open } = reading;
  const char = text.charAt(at);
  if (Object.hasOwn(CLOSING, char)) open.push(CLOSING[char] ?? '');
  else if (')]}'.includes(char) && open.pop() !== char) return false;
  if (open.length > 0) return true;
  if (char === ';' || (char === '}' && isEndOfBlock(reading, at))) {
    endPiece(reading, char === ';' ? at : at + 1, at + 1);
    reading.isFresh = true;
  } else if (char === ',' && reading.isVariable) endPiece(reading, at, at + 1);
  return true;
}

function isEndOfBlock({ text, start }: Reading, at: number): boolean {
  return BLOCK.test(text.slice(start, at).trimStart()) && !GOES_ON.test(text.slice(at + 1, at + 16));
}

function endPiece(reading: Reading, end: number, next: number): void {
  const { text, pieces, start, isVariable } = reading;
  const raw = text.slice(start, end);
  if (/\S/.test(raw)) pieces.push(toPiece(raw.trim(), start + raw.search(/\S/), isVariable));
  reading.start = next;
}

function toPiece(text: string, start: number, isVariable: boolean): Piece {
  const declared = isVariable ? VARIABLE.exec(text)?.[1] : DECLARED.exec(text)?.[1];
  return { name: declared, text, start };
}

/** Offset of the last character of a text, a template or a regular expression that begins here; `at` = there is none; `undefined` = it has no end. */
function skipToken(text: string, at: number, open: string[]): number | undefined {
  const char = text.charAt(at);
  if (char === '"' || char === "'") return skipTo(text, at + 1, char);
  // The rest of a template, behind a value in it.
  if (char === '}' && open.at(-1) === '`') {
    open.pop();
    return skipTemplate(text, at + 1, open);
  }
  if (char === '`') return skipTemplate(text, at + 1, open);
  return char === '/' && isPattern(text, at) ? skipPattern(text, at + 1) : at;
}

function skipTo(text: string, from: number, quote: string): number | undefined {
  for (let at = from; at < text.length; at += 1) {
    if (text.charAt(at) === '\\') at += 1;
    else if (text.charAt(at) === quote) return at;
  }
  return undefined;
}

/** Up to its end, or to a value in it, which is left with the template as what closes it. */
function skipTemplate(text: string, from: number, open: string[]): number | undefined {
  for (let at = from; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '\\') at += 1;
    else if (char === '`') return at;
    else if (char === '$' && text.charAt(at + 1) === '{') {
      open.push('`');
      return at + 1;
    }
  }
  return undefined;
}

function skipPattern(text: string, from: number): number | undefined {
  let isClass = false;
  for (let at = from; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '\n') return undefined;
    if (char === '\\') at += 1;
    else if (char === '[') isClass = true;
    else if (char === ']') isClass = false;
    else if (char === '/' && !isClass) return at;
  }
  return undefined;
}

/** Behind a value a `/` divides. */
function isPattern(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 16), at).trimEnd();
  const last = before.at(-1) ?? '';
  if (/[\w$]/.test(last)) return BEFORE_PATTERN.has(/[\w$]+$/.exec(before)?.[0] ?? '');
  return !')]}"\'`'.includes(last) || last === '';
}
