import { isAlias, isMap, isScalar, isSeq, type Alias, type Pair, type Scalar, type YAMLMap } from 'yaml';
import type { DiagnosticCode } from '../model/diagnostic.ts';
import { isReservedKey } from '../model/names.ts';
import { t } from '../model/words.ts';
import { toReplacement, type FindingOptions, type Findings } from './findings.ts';
import { PARSE_LIMITS } from './limits.ts';
import type { RawValue } from './rawValue.ts';
import { toPathKey, type Place, type SourceMap, type Span, type ValuePath } from './sourceMap.ts';
import type { UnquotedText } from './tokens.ts';

export interface WalkOptions {
  readonly root: unknown;
  readonly text: string;
  readonly unquoted: readonly UnquotedText[];
  readonly places: Map<string, Place>;
  readonly source: SourceMap;
  readonly findings: Findings;
}

/** From the library's tree to plain data, recording the place of every value. `undefined`: beyond the limits, or nothing there. */
export function walkYaml(options: WalkOptions): RawValue | undefined {
  const walk = new YamlWalk(options);
  const value = walk.read(options.root, [], undefined, undefined);
  return walk.isOverLimit ? undefined : value;
}

/** A walk has state: anchors seen so far, counts against the limits. */
class YamlWalk {
  isOverLimit = false;
  readonly #options: WalkOptions;
  readonly #unquoted: ReadonlyMap<number, UnquotedText>;
  readonly #anchors = new Map<string, unknown>();
  readonly #open = new Set<unknown>();
  #values = 0;
  #aliases = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
    this.#unquoted = new Map(options.unquoted.map((found) => [found.start, found]));
  }

  /** `key`: place of the value's key. `alias`: everything below stands where the alias stands. */
  read(node: unknown, path: ValuePath, key: Span | undefined, alias: Span | undefined): RawValue {
    this.#values += 1;
    const at = alias ?? toSpan(node, this.#options.text) ?? key;
    if (this.#values > PARSE_LIMITS.values) this.#overLimit(at, t`This file says more than ${PARSE_LIMITS.values} values.`);
    if (path.length > PARSE_LIMITS.depth) this.#overLimit(at, t`Maps and lists are nested more than ${PARSE_LIMITS.depth} deep here.`);
    if (this.isOverLimit) return null;
    if (isAlias(node)) return this.#readAlias(node, path, key, alias);
    const span = alias ?? toSpan(node, this.#options.text) ?? { start: key?.end ?? 0, end: key?.end ?? 0 };
    this.#place(path, { key, value: span, textStart: undefined });
    this.#remember(node);
    if (isScalar(node)) return this.#readScalar(node, path, { key, value: span, textStart: undefined }, alias);
    this.#open.add(node);
    const value = this.#readCollection(node, path, alias);
    this.#open.delete(node);
    return value;
  }

  #readCollection(node: unknown, path: ValuePath, alias: Span | undefined): RawValue {
    if (isMap(node)) return this.#readMap(node, path, alias);
    if (isSeq(node)) return node.items.map((item, index) => this.read(item, [...path, index], undefined, alias));
    return null;
  }

  #readMap(node: YAMLMap, path: ValuePath, alias: Span | undefined): RawValue {
    const value: { [key: string]: RawValue } = {};
    const first = new Map<string, Span>();
    for (const pair of node.items) {
      const key = this.#readKey(pair, alias);
      if (key === undefined) continue;
      const earlier = first.get(key.name);
      if (earlier !== undefined) {
        const { line } = this.#options.source.toRange(earlier).start;
        this.#report('duplicate-name', key.span, t`\`${key.name}\` is said twice in one map; the first is in line ${line}.`);
        continue;
      }
      first.set(key.name, key.span);
      value[key.name] = this.read(pair.value, [...path, key.name], key.span, alias);
    }
    return value;
  }

  #readKey(pair: Pair, alias: Span | undefined): { readonly name: string; readonly span: Span } | undefined {
    const node = isAlias(pair.key) ? this.#anchors.get(pair.key.source) : pair.key;
    const span = alias ?? toSpan(pair.key, this.#options.text) ?? { start: 0, end: 0 };
    if (!isScalar(node) || typeof node.value !== 'string' || node.value === '') {
      this.#reportKey(node, span);
      return undefined;
    }
    this.#remember(node);
    const name = this.#toMasked(span) ?? node.value;
    if (name === '<<') {
      this.#report('not-supported', span, t('Merge keys (`<<`) are not part of this language: write the keys out.'));
      return undefined;
    }
    if (!isReservedKey(name)) return { name, span };
    this.#report('invalid-value', span, t`\`${name}\` can’t be used as a key: it is reserved.`);
    return undefined;
  }

  #reportKey(node: unknown, span: Span): void {
    const written = this.#options.text.slice(span.start, span.end);
    const quoted = JSON.stringify(written);
    if (!isScalar(node) || written === '' || node.value === '') {
      this.#report('invalid-value', span, t('A key must be a text.'));
      return;
    }
    const fix = toReplacement(this.#options.source.file, this.#options.source.toRange(span), quoted, t('Put it in quotes'));
    this.#report('invalid-value', span, t`\`${written}\` is not a text in YAML. As a key it needs quotes: \`${quoted}\`.`, { fix });
  }

  #readAlias(node: Alias, path: ValuePath, key: Span | undefined, alias: Span | undefined): RawValue {
    const span = alias ?? toSpan(node, this.#options.text) ?? { start: 0, end: 0 };
    const target = this.#anchors.get(node.source);
    this.#aliases += 1;
    this.#place(path, { key, value: span, textStart: undefined });
    if (target === undefined) {
      this.#report('syntax', span, t`No \`&${node.source}\` stands above. If this is a text that begins with \`*\`, put it in quotes.`);
      return null;
    }
    if (this.#open.has(target)) {
      this.#overLimit(span, t`\`*${node.source}\` holds itself.`);
      return null;
    }
    if (this.#aliases > PARSE_LIMITS.aliases) {
      this.#overLimit(span, t`Aliases are used more than ${PARSE_LIMITS.aliases} times.`);
      return null;
    }
    return this.read(target, path, key, span);
  }

  #readScalar(node: Scalar, path: ValuePath, place: Place, alias: Span | undefined): RawValue {
    const { value } = node;
    if (typeof value === 'string') return this.#readText(node, value, path, place, alias);
    if (typeof value === 'boolean' || value === null) return value;
    if (typeof value === 'number' && this.#isExact(node, value)) return value;
    const written = this.#options.text.slice(place.value.start, place.value.end);
    this.#report('invalid-value', place.value, t`\`${written}\` has no exact value here.`);
    return null;
  }

  /** Whole numbers beyond 2^53 would silently become others. */
  #isExact(node: Scalar, value: number): boolean {
    if (!Number.isFinite(value)) return false;
    const isWritten = /^[-+]?\d+$/.test(node.source ?? '');
    return !isWritten || Number.isSafeInteger(value);
  }

  #readText(node: Scalar, value: string, path: ValuePath, place: Place, alias: Span | undefined): RawValue {
    const masked = this.#toMasked(place.value);
    const content = masked ?? value;
    if (alias !== undefined) return content;
    const { text } = this.#options;
    const start = node.type === 'PLAIN' || masked !== undefined ? place.value.start : place.value.start + 1;
    if (text.startsWith(content, start)) this.#place(path, { ...place, textStart: start });
    if (node.type !== 'PLAIN' || masked !== undefined) return content;
    return this.#checkCut(content, path, place.value) ?? content;
  }

  /** A plain text ends before ` #`; often its writer did not want a comment there. A condition that lost its end is answered whole. */
  #checkCut(value: string, path: ValuePath, span: Span): string | undefined {
    const { text, source } = this.#options;
    const comment = /[ \t]+#(\S?)[^\r\n]*/y;
    comment.lastIndex = span.end;
    const found = comment.exec(text);
    if (found === null) return undefined;
    const isCondition = path[0] === 'steps' && path[2] === 'when' && hasOpenQuote(value);
    const isBroken = isCondition || isUnclosed(value);
    if (!isBroken && (found[1] === '' || found[1] === '#' || !isFreeText(path))) return undefined;
    const whole = { start: span.start, end: span.end + found[0].trimEnd().length };
    const range = source.toRange(whole);
    const written = text.slice(whole.start, whole.end);
    const quoted = JSON.stringify(written);
    const message = t`\` #\` begins a comment, so this text ends at \`${value.slice(-20)}\`. Put it in quotes, or write a blank after \`#\`.`;
    const fix = toReplacement(source.file, range, quoted, t('Put it in quotes'));
    this.#report('cut-by-comment', whole, message, { severity: isBroken ? 'error' : 'warning', fix });
    return isCondition ? written : undefined;
  }

  #toMasked(span: Span): string | undefined {
    const found = this.#unquoted.get(span.start);
    return found !== undefined && found.kind !== 'prefix' && found.end === span.end ? found.text : undefined;
  }

  #remember(node: unknown): void {
    if ((isScalar(node) || isMap(node) || isSeq(node)) && node.anchor !== undefined) this.#anchors.set(node.anchor, node);
  }

  #place(path: ValuePath, place: Place): void {
    this.#options.places.set(toPathKey(path), place);
  }

  #report(code: DiagnosticCode, span: Span, message: string, options?: FindingOptions): void {
    this.#options.findings.add(code, this.#options.source.toRange(span), message, options);
  }

  #overLimit(span: Span | undefined, message: string): void {
    if (!this.isOverLimit) this.#report('limit-exceeded', span ?? { start: 0, end: 0 }, message);
    this.isOverLimit = true;
  }
}

/** Without the line breaks and blanks that the library counts to block texts and collections. */
function toSpan(node: unknown, text: string): Span | undefined {
  if (!isScalar(node) && !isMap(node) && !isSeq(node) && !isAlias(node)) return undefined;
  if (!node.range) return undefined;
  const [start, valueEnd] = node.range;
  let end = valueEnd;
  while (end > start && ' \t\r\n'.includes(text.charAt(end - 1))) end -= 1;
  return { start, end };
}

function isUnclosed(value: string): boolean {
  return value.lastIndexOf('${') > value.lastIndexOf('}') || value.lastIndexOf('[') > value.lastIndexOf(']');
}

/** Whether a text in a condition begins and does not end. */
function hasOpenQuote(value: string): boolean {
  return /["']/.test(value.replace(/"[^"]*"|'[^']*'/g, ''));
}

/** Places whose text means itself and is not compared with anything that would notice a loss. */
function isFreeText(path: ValuePath): boolean {
  const last = path.at(-1);
  return (
    last === 'description' ||
    last === 'owner' ||
    last === 'salt' ||
    (path[0] === 'steps' && (path[2] === 'params' || path[2] === 'foreach'))
  );
}
