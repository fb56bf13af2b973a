import type { ElementSelector, Join, ParamValue, Reference, TemplatePart } from '../model/workflow.ts';
import type { Entry } from '../model/module.ts';
import { t } from '../model/words.ts';
import type { Span } from './sourceMap.ts';

/**
 * The small grammar inside values: references, substitutions, entries, durations, sizes. `when` has a parser of its own in `condition.ts`. The only parsers of it. Spans count UTF-16
 * code units from the start of the text.
 */
export type GrammarReading<T> = ({ readonly kind: 'ok' } & T) | { readonly kind: 'bad'; readonly message: string; readonly span: Span };

export interface ReferenceReading {
  readonly value: Reference;
  readonly step: Span;
  readonly element: Span | undefined;
  readonly port: Span | undefined;
}

const STEP = /[A-Za-z_][\w-]*/y;
const SELECTOR = /\[([^\]]*)\]/y;
const PORT = /\.([A-Za-z_]\w*)/y;

/** `step`, `step.port`, `step[*].port`, `step[ridge].port`. */
export function parseReference(text: string): GrammarReading<ReferenceReading> {
  const step = matchAt(STEP, text, 0);
  if (step === undefined) return toBad(text, 0, t('A reference begins with the name of a step, as in `step.port`.'));
  const selector = matchAt(SELECTOR, text, step[0].length);
  const portAt = step[0].length + (selector?.[0].length ?? 0);
  if (selector !== undefined && selector[1]?.trim() === '')
    return toBad(text, step[0].length, t('Name an element in the brackets, or `*` for all of them.'));
  const port = matchAt(PORT, text, portAt);
  const end = portAt + (port?.[0].length ?? 0);
  if (end !== text.length) return toBad(text, end, t('A reference is `step`, `step.port`, `step[*].port` or `step[element].port`.'));
  return {
    kind: 'ok',
    value: { step: step[0], port: port?.[1], select: toSelector(selector?.[1]) },
    step: { start: 0, end: step[0].length },
    element: selector === undefined ? undefined : { start: step[0].length + 1, end: portAt - 1 },
    port: port === undefined ? undefined : { start: portAt + 1, end },
  };
}

function toSelector(element: string | undefined): ElementSelector {
  if (element === undefined) return { kind: 'none' };
  return element === '*' ? { kind: 'all' } : { kind: 'one', element };
}

export interface TemplateReading {
  readonly value: ParamValue;
  /** of the names in `${scope.name}`, in the order of the text */
  readonly substitutions: readonly (Span & { readonly scope: 'params' | 'run' | 'foreach'; readonly name: string })[];
}

const SCOPES = ['params', 'run', 'foreach'] as const;
const SUBSTITUTION = /\$\{([^{}]*)\}/y;
const INSIDE = /^(params|run|foreach)\.([A-Za-z_]\w*)$/;

/** A text with `${params.x}`, `${foreach.x}` or `${run.x}`; without any it is the text itself. Nothing else is evaluated. */
export function parseTemplate(text: string): GrammarReading<TemplateReading> {
  const parts: TemplatePart[] = [];
  const substitutions: (Span & { readonly scope: (typeof SCOPES)[number]; readonly name: string })[] = [];
  let from = 0;
  for (let at = text.indexOf('${'); at !== -1; at = text.indexOf('${', from)) {
    const found = matchAt(SUBSTITUTION, text, at);
    if (found === undefined) return toBad(text, at, t('This `${` has no `}`.'));
    const inside = INSIDE.exec(found[1] ?? '');
    const scope = SCOPES.find((name) => name === inside?.[1]);
    const name = inside?.[2];
    if (scope === undefined || name === undefined) {
      const message = t('Write `${params.NAME}`, `${foreach.NAME}` or `${run.NAME}`: nothing else is evaluated.');
      return { kind: 'bad', message, span: { start: at, end: at + found[0].length } };
    }
    if (at > from) parts.push({ kind: 'text', text: text.slice(from, at) });
    parts.push({ kind: 'substitution', scope, name });
    from = at + found[0].length;
    substitutions.push({ scope, name, start: from - 1 - name.length, end: from - 1 });
  }
  if (parts.length === 0) return { kind: 'ok', value: { kind: 'literal', value: text }, substitutions };
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) });
  return { kind: 'ok', value: { kind: 'template', parts }, substitutions };
}

export interface EntryReading {
  readonly value: Entry;
  readonly file: Span;
  readonly function: Span;
}

const ENTRY = /^([^:\\]+):([A-Za-z_]\w*)$/;

/** `file.py:function`; the file relative to the folder, with `/`, never out of it. */
export function parseEntry(text: string): GrammarReading<EntryReading> {
  const found = ENTRY.exec(text);
  const [, file = '', name = ''] = found ?? [];
  if (found === null) return toBad(text, 0, t('An entry is `file.py:function`.'));
  const isInside = file.split('/').every((part) => part !== '' && part !== '.' && part !== '..') && file === file.normalize('NFC');
  const span = { start: 0, end: file.length };
  if (!isInside) return { kind: 'bad', message: t('The file of an entry is a path inside this folder, with `/`.'), span };
  return { kind: 'ok', value: { file, function: name }, file: span, function: { start: file.length + 1, end: text.length } };
}

export interface UseReading {
  readonly name: string;
  readonly tag: string | undefined;
  readonly nameSpan: Span;
  readonly tagSpan: Span | undefined;
}

/** `namespace/name` or `namespace/name@tag`. Whether the parts are names is for the caller to say. */
export function parseUse(text: string): UseReading {
  const at = text.indexOf('@');
  if (at === -1) return { name: text, tag: undefined, nameSpan: { start: 0, end: text.length }, tagSpan: undefined };
  const tagSpan = { start: at + 1, end: text.length };
  return { name: text.slice(0, at), tag: text.slice(at + 1), nameSpan: { start: 0, end: at }, tagSpan };
}

const QUORUM = /^quorum\(\s*(\d{1,9})\s*\)$/;

/** `all`, `any` or `quorum(n)` with at least one. */
export function parseJoin(text: string): GrammarReading<{ readonly value: Join }> {
  const word = text.trim();
  if (word === 'all' || word === 'any') return { kind: 'ok', value: { kind: word } };
  const count = Number(QUORUM.exec(word)?.[1] ?? 0);
  if (count > 0) return { kind: 'ok', value: { kind: 'quorum', count } };
  return toBad(text, 0, t('A join is `all`, `any` or `quorum(n)` with a number of at least 1.'));
}

const SECONDS = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 } as const;
const BYTES = { B: 1, KB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, TiB: 2 ** 40 } as const;
const QUANTITY = /^(\d{1,9}(?:\.\d{1,6})?) ?([A-Za-z]{1,3})$/;

/** `250ms`, `10s`, `30m`, `2h`, `1d` → seconds. `least`: `0` where none at all is meant by it (a pause), else above it. */
export function parseDuration(text: string, least: 'none' | 'some' = 'some'): GrammarReading<{ readonly value: number }> {
  if (least === 'none' && /^0 ?(?:ms|[smhd])$/.test(text)) return { kind: 'ok', value: 0 };
  return parseQuantity(text, SECONDS, t('A duration is a number with a unit: `250ms`, `10s`, `30m`, `2h`, `1d`.'));
}

/** `512MiB`, `1GiB`, `2GB` → bytes, rounded to whole ones. */
export function parseSize(text: string): GrammarReading<{ readonly value: number }> {
  const size = parseQuantity(text, BYTES, t('A size is a number with a unit: `512MiB`, `1GiB`, `2GB`.'));
  return size.kind === 'ok' ? { kind: 'ok', value: Math.round(size.value) } : size;
}

function parseQuantity(
  text: string,
  units: { readonly [unit: string]: number },
  message: string,
): GrammarReading<{ readonly value: number }> {
  const found = QUANTITY.exec(text);
  const unit = Object.entries(units).find(([name]) => name === found?.[2]);
  const value = Number(found?.[1]) * (unit?.[1] ?? Number.NaN);
  if (!(value > 0)) return toBad(text, 0, message);
  return { kind: 'ok', value };
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text) ?? undefined;
}

function toBad(text: string, start: number, message: string): { readonly kind: 'bad'; readonly message: string; readonly span: Span } {
  return { kind: 'bad', message, span: { start: Math.min(start, text.length), end: text.length } };
}
