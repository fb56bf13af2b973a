import { COMPARE_OPERATORS, type CompareOperator, type Condition } from '../model/condition.ts';
import { t } from '../model/words.ts';
import type { GrammarReading } from './grammar.ts';
import { PARSE_LIMITS } from './limits.ts';
import type { Span } from './sourceMap.ts';

/** A name in a condition: a parameter, a step, or a metric of the step before it. */
export interface ConditionName extends Span {
  readonly kind: 'param' | 'step' | 'metric';
  readonly name: string;
}

export interface ConditionReading {
  readonly value: Condition;
  /** in the order of the text */
  readonly names: readonly ConditionName[];
  /** of every comparison and every operand of `!`, `&&` and `||`, by its node */
  readonly spans: ReadonlyMap<Condition, Span>;
}

/**
 * `when`: comparisons (`== != < <= > >=`), `&&`, `||`, `!`, parentheses, literals, `params.x` and `step.metrics.name`. `!` binds closest, then
 * comparisons, then `&&`, then `||`. No functions; nothing else is evaluated. Never throws; depth is bounded.
 */
export function parseCondition(text: string): GrammarReading<ConditionReading> {
  const parser = new ConditionParser(text);
  const value = parser.parse();
  if (value === undefined || parser.problem !== undefined) {
    return { kind: 'bad', ...(parser.problem ?? { message: t('This is no condition.'), span: { start: 0, end: text.length } }) };
  }
  return { kind: 'ok', value, names: parser.names, spans: parser.spans };
}

const NUMBER = /-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?(?![\w.])/y;
const TEXT = /"[^"\\]*"|'[^'\\]*'/y;
const WORD = /[A-Za-z_][\w-]*(?:[./][\w-]+)*/y;
const OPERATOR = /==|!=|<=|>=|<|>/y;
const PARAM = /^params\.([A-Za-z_]\w*)$/;
const METRIC = /^([A-Za-z_][\w-]*)\.metrics\.([A-Za-z_][\w-]*(?:[./][\w-]+)*)$/;

type Read = Condition | undefined;

/** By descent; a position and the first problem are its state. Every method answers `undefined` after a problem. */
class ConditionParser {
  readonly names: ConditionName[] = [];
  readonly spans = new Map<Condition, Span>();
  problem: { readonly message: string; readonly span: Span } | undefined;
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Read {
    const value = this.#readChain('||', () => this.#readChain('&&', () => this.#readComparison()));
    this.#skip();
    if (value !== undefined && this.#at < this.#text.length) return this.#fail(this.#toHint());
    return value;
  }

  #readChain(sign: '&&' | '||', readOperand: () => Read): Read {
    const start = this.#skip();
    let left = readOperand();
    while (left !== undefined && this.#take(sign)) {
      const right = readOperand();
      if (right === undefined) return undefined;
      left = this.#keep({ kind: sign === '&&' ? 'and' : 'or', left, right }, start);
    }
    return left;
  }

  #readComparison(): Read {
    const start = this.#skip();
    const left = this.#readNot();
    const operator = left === undefined ? undefined : this.#readOperator();
    if (left === undefined || operator === undefined) return left;
    const right = this.#readNot();
    if (right === undefined) return undefined;
    const compared = this.#keep({ kind: 'compare', operator, left, right }, start);
    const next = this.#skip();
    if (this.#readOperator() === undefined) return compared;
    this.#at = next;
    return this.#fail(t('Comparisons can’t be chained: write `a < b && b < c`.'));
  }

  #readNot(): Read {
    const start = this.#skip();
    if (this.#text.startsWith('!=', start) || !this.#take('!')) return this.#readOperand();
    const of = this.#within(() => this.#readNot());
    return of === undefined ? undefined : this.#keep({ kind: 'not', of }, start);
  }

  #readOperand(): Read {
    const start = this.#skip();
    if (this.#take('(')) {
      const inner = this.#within(() => this.#readChain('||', () => this.#readChain('&&', () => this.#readComparison())));
      if (inner === undefined || this.#take(')')) return inner;
      return this.#fail(t('Here a `)` is missing.'));
    }
    const number = this.#match(NUMBER);
    if (number !== undefined) return this.#keep({ kind: 'literal', value: Number(number) }, start);
    const text = this.#match(TEXT);
    if (text !== undefined) return this.#keep({ kind: 'literal', value: text.slice(1, -1) }, start);
    const word = this.#match(WORD);
    if (word !== undefined) return this.#toNamed(word, start);
    return this.#fail(this.#toHint());
  }

  #toNamed(word: string, start: number): Read {
    if (word === 'true' || word === 'false') return this.#keep({ kind: 'literal', value: word === 'true' }, start);
    if (word === 'null') return this.#keep({ kind: 'literal', value: null }, start);
    const param = PARAM.exec(word)?.[1];
    if (param !== undefined) {
      this.names.push({ kind: 'param', name: param, start: start + word.length - param.length, end: start + word.length });
      return this.#keep({ kind: 'param', name: param }, start);
    }
    const [, step, metric] = METRIC.exec(word) ?? [];
    if (step !== undefined && metric !== undefined && step !== 'params') {
      this.names.push({ kind: 'step', name: step, start, end: start + step.length });
      this.names.push({ kind: 'metric', name: metric, start: start + word.length - metric.length, end: start + word.length });
      return this.#keep({ kind: 'metric', step, name: metric }, start);
    }
    this.#at = start;
    const isText = !word.includes('.');
    const message = isText
      ? t`\`${word}\` is neither \`params.NAME\` nor \`step.metrics.NAME\`. A text stands in quotes: \`'${word}'\`.`
      : t`\`${word}\` is neither \`params.NAME\` nor \`step.metrics.NAME\`: a condition reads nothing else.`;
    return this.#fail(message, start + word.length);
  }

  /** What is wrong where no operand or operator stands. */
  #toHint(): string {
    const rest = this.#text.slice(this.#at);
    if (rest === '') return t('Here the condition ends, but something more must follow.');
    if (rest.startsWith('${')) return t('A condition names parameters without `${ }`: `params.NAME`.');
    if (rest.startsWith('=')) return t('To compare, write `==`.');
    if (/^[&|]/.test(rest)) return t('Conditions are joined by `&&` and `||`.');
    if (rest.startsWith('(')) return t('A condition calls no functions.');
    if (/^(?:and|or|not)\b/.test(rest)) return t('Conditions are joined by `&&` and `||`, and negated by `!`.');
    return t(
      'A condition is made of `params.NAME`, `step.metrics.NAME`, numbers, texts in quotes, comparisons, `&&`, `||`, `!` and parentheses.',
    );
  }

  #readOperator(): CompareOperator | undefined {
    this.#skip();
    const found = this.#match(OPERATOR);
    return COMPARE_OPERATORS.find((operator) => operator === found);
  }

  #within(read: () => Read): Read {
    this.#depth += 1;
    const value = this.#depth > PARSE_LIMITS.depth ? this.#fail(t`This is nested more than ${PARSE_LIMITS.depth} deep.`) : read();
    this.#depth -= 1;
    return value;
  }

  #keep(condition: Condition, start: number): Condition {
    this.spans.set(condition, { start, end: this.#at });
    return condition;
  }

  #fail(message: string, end = this.#text.length): undefined {
    this.problem ??= { message, span: { start: Math.min(this.#at, this.#text.length), end } };
    return undefined;
  }

  #skip(): number {
    while (' \t\r\n'.includes(this.#text.charAt(this.#at)) && this.#at < this.#text.length) this.#at += 1;
    return this.#at;
  }

  #take(sign: string): boolean {
    this.#skip();
    if (!this.#text.startsWith(sign, this.#at)) return false;
    this.#at += sign.length;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}
