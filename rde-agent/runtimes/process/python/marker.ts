import { parseVersion } from './version.ts';
import { toVersionTest } from './versionSpecifier.ts';

/** Values of PEP 508's marker variables for one interpreter. */
export type MarkerVariables = { readonly [name: string]: string };

export type MarkerResult =
  | { readonly kind: 'value'; readonly holds: boolean }
  /** the text is no marker, or names a variable or comparison that is not known: never guessed */
  | { readonly kind: 'unknown'; readonly message: string };

const TOKEN = /\s*(?:(\()|(\))|'([^']*)'|"([^"]*)"|(===|==|!=|~=|<=|>=|<|>)|([A-Za-z_][A-Za-z0-9_.]*))/y;
const ALIASES: { readonly [name: string]: string } = {
  'os.name': 'os_name',
  'sys.platform': 'sys_platform',
  'platform.machine': 'platform_machine',
  python_implementation: 'platform_python_implementation',
};

type Token = { readonly kind: 'open' | 'close' } | { readonly kind: 'string' | 'operator' | 'word'; readonly text: string };

/** Evaluates an environment marker as uv and pip write them: comparisons, `in`, `not in`, `and`, `or`, parentheses. */
export function evaluateMarker(text: string, variables: MarkerVariables): MarkerResult {
  try {
    const reader = new MarkerReader(tokenize(text), variables);
    return { kind: 'value', holds: reader.readAll() };
  } catch (error) {
    if (error instanceof MarkerProblem) return { kind: 'unknown', message: error.message };
    throw error;
  }
}

/** Leaves the recursive reader; never leaves this file. */
class MarkerProblem extends Error {}

function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  const trimmed = text.trim();
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < trimmed.length) {
    const start = TOKEN.lastIndex;
    const match = TOKEN.exec(trimmed);
    if (match === null) throw new MarkerProblem(`cannot read "${trimmed.slice(start, start + 20)}"`);
    tokens.push(toToken(match));
  }
  return tokens;
}

function toToken(match: RegExpExecArray): Token {
  const [, open, close, single, double, operator, word] = match;
  if (open !== undefined) return { kind: 'open' };
  if (close !== undefined) return { kind: 'close' };
  if (operator !== undefined) return { kind: 'operator', text: operator };
  if (word !== undefined) return { kind: 'word', text: word };
  return { kind: 'string', text: single ?? double ?? '' };
}

interface Operand {
  readonly text: string;
  /** a variable that holds a version */
  readonly versioned: boolean;
}

const VERSIONED = new Set(['python_version', 'python_full_version', 'implementation_version', 'platform_release']);

class MarkerReader {
  private position = 0;
  private depth = 0;
  private readonly tokens: readonly Token[];
  private readonly variables: MarkerVariables;

  constructor(tokens: readonly Token[], variables: MarkerVariables) {
    this.tokens = tokens;
    this.variables = variables;
  }

  readAll(): boolean {
    const holds = this.readOr();
    if (this.position < this.tokens.length) throw new MarkerProblem('there is text after its end');
    return holds;
  }

  private readOr(): boolean {
    let holds = this.readAnd();
    // Both sides are always read: an unknown variable must be found although the other side decides.
    while (this.takeWord('or')) holds = this.readAnd() || holds;
    return holds;
  }

  private readAnd(): boolean {
    let holds = this.readAtom();
    while (this.takeWord('and')) holds = this.readAtom() && holds;
    return holds;
  }

  private readAtom(): boolean {
    if (this.tokens[this.position]?.kind !== 'open') return this.readComparison();
    if (++this.depth > 50) throw new MarkerProblem('it is nested too deeply');
    this.position++;
    const holds = this.readOr();
    if (this.tokens[this.position]?.kind !== 'close') throw new MarkerProblem('a parenthesis is not closed');
    this.position++;
    this.depth--;
    return holds;
  }

  private readComparison(): boolean {
    const left = this.readOperand();
    const operator = this.readOperator();
    const right = this.readOperand();
    if (left.versioned || right.versioned) {
      const holds = compareAsVersions(left, operator, right);
      if (holds !== undefined) return holds;
    }
    return compareAsText(left.text, operator, right.text);
  }

  private readOperand(): Operand {
    const token = this.tokens[this.position++];
    if (token?.kind === 'string') return { text: token.text, versioned: false };
    if (token?.kind !== 'word') throw new MarkerProblem('a variable or a string is missing');
    const name = ALIASES[token.text] ?? token.text;
    const value = Object.hasOwn(this.variables, name) ? this.variables[name] : undefined;
    if (value === undefined) throw new MarkerProblem(`the variable ${token.text} is not known`);
    return { text: value, versioned: VERSIONED.has(name) };
  }

  private readOperator(): string {
    if (this.takeWord('in')) return 'in';
    if (this.takeWord('not')) {
      if (!this.takeWord('in')) throw new MarkerProblem('"not" is not followed by "in"');
      return 'not in';
    }
    const token = this.tokens[this.position++];
    if (token?.kind !== 'operator') throw new MarkerProblem('a comparison is missing');
    return token.text;
  }

  private takeWord(word: string): boolean {
    const token = this.tokens[this.position];
    if (token?.kind !== 'word' || token.text !== word) return false;
    this.position++;
    return true;
  }
}

/** `undefined` = the sides are no versions, so they are compared as text. */
function compareAsVersions(left: Operand, operator: string, right: Operand): boolean | undefined {
  if (operator === 'in' || operator === 'not in') return undefined;
  if (!left.versioned) return compareAsVersions(right, MIRRORED[operator] ?? operator, left);
  const version = parseVersion(left.text);
  const test = toVersionTest(operator, right.text);
  return version === undefined || test === undefined ? undefined : test(version);
}

const MIRRORED: { readonly [operator: string]: string } = { '<': '>', '>': '<', '<=': '>=', '>=': '<=' };

function compareAsText(left: string, operator: string, right: string): boolean {
  switch (operator) {
    case '==':
    case '===':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '>':
      return left > right;
    case '<=':
      return left <= right;
    case '>=':
      return left >= right;
    case 'in':
      return right.includes(left);
    case 'not in':
      return !right.includes(left);
    default:
      throw new MarkerProblem(`${operator} does not compare "${left}" with "${right}"`);
  }
}
