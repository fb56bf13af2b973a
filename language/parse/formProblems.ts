import type { z } from 'zod';
import { COLUMN_TYPES } from '../model/fieldForms.ts';
import { SIMPLE_PORT_KINDS } from '../model/portForm.ts';
import { later, t, translate } from '../model/words.ts';
import { toNameList } from './findings.ts';
import { toPathKey, type ValuePath } from './sourceMap.ts';
import { valueAt, type RawValue } from './rawValue.ts';

type Issue = z.core.$ZodIssue;

/** One thing that a form says against the data, in our terms. */
export type Problem =
  | { readonly kind: 'unknown-keys'; readonly path: ValuePath; readonly keys: readonly string[] }
  | { readonly kind: 'missing'; readonly path: ValuePath }
  | { readonly kind: 'type'; readonly path: ValuePath; readonly expected: string; readonly found: RawValue | undefined }
  | { readonly kind: 'choice'; readonly path: ValuePath; readonly choices: readonly string[]; readonly found: RawValue | undefined }
  | { readonly kind: 'limit'; readonly path: ValuePath; readonly message: string }
  /** the name of a key */
  | { readonly kind: 'bad-key'; readonly path: ValuePath; readonly message: string }
  /** something that several values of a map break together */
  | { readonly kind: 'rule'; readonly path: ValuePath; readonly message: string };

export function isMissing(problem: Problem): boolean {
  return problem.kind === 'missing';
}

/** Everything wrong, once per place, in the order of the form. */
export function toProblems(issues: readonly Issue[], raw: RawValue): readonly Problem[] {
  const problems = new Map<string, Problem>();
  for (const issue of issues) {
    for (const problem of toProblem(issue, [], raw)) {
      const key = `${problem.kind}\0${toPathKey(problem.path)}`;
      if (!problems.has(key)) problems.set(key, problem);
    }
  }
  return [...problems.values()];
}

function toProblem(issue: Issue, base: ValuePath, raw: RawValue): readonly Problem[] {
  const path = [...base, ...issue.path.map((step) => (typeof step === 'number' ? step : String(step)))];
  const found = valueAt(raw, path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return [{ kind: 'unknown-keys', path, keys: issue.keys }];
    case 'invalid_union':
      return toUnionProblems(issue, path, raw);
    case 'invalid_type':
      return [found === undefined ? { kind: 'missing', path } : { kind: 'type', path, expected: issue.expected, found }];
    case 'invalid_value':
      return [found === undefined ? { kind: 'missing', path } : { kind: 'choice', path, choices: issue.values.map(String), found }];
    case 'invalid_key':
      return [{ kind: 'bad-key', path, message: issue.issues[0]?.message ?? later('is no name') }];
    case 'invalid_format':
      return [toFormatProblem(issue.message, path, found)];
    case 'custom':
      return [isMap(found) ? { kind: 'rule', path, message: issue.message } : { kind: 'limit', path, message: issue.message }];
    default:
      return [{ kind: 'limit', path, message: toLimitMessage(issue) }];
  }
}

function toFormatProblem(message: string, path: ValuePath, found: RawValue | undefined): Problem {
  if (message === 'is no column type') return { kind: 'choice', path, choices: COLUMN_TYPES, found };
  return { kind: 'limit', path, message };
}

/** Of the alternatives, the one that the data was meant to be: the only one that takes this kind of data. */
function toUnionProblems(issue: Extract<Issue, { code: 'invalid_union' }>, path: ValuePath, raw: RawValue): readonly Problem[] {
  const found = valueAt(raw, path);
  const { errors } = issue;
  // Alternatives that are told apart by one key: it is missing, or says none of them.
  if (errors.length === 0)
    return [found === undefined ? { kind: 'missing', path } : { kind: 'choice', path, choices: toOptions(issue), found }];
  const fitting = errors.filter((issues) => !issues.some((issue) => issue.path.length === 0 && isWrongKind(issue, found)));
  const [only] = fitting;
  if (only !== undefined && fitting.length === 1) return only.flatMap((issue) => toProblem(issue, path, raw));
  return [{ kind: 'type', path, expected: toExpected(errors), found }];
}

function toOptions(issue: Extract<Issue, { code: 'invalid_union' }>): readonly string[] {
  return 'options' in issue ? (issue.options ?? []).map(String) : [];
}

/** `string or map`: what the alternatives would take. */
function toExpected(errors: readonly (readonly Issue[])[]): string {
  const words = errors.map((issues) => {
    const root = issues.find((issue) => issue.path.length === 0);
    if (root?.code !== 'invalid_type') return 'string';
    return root.expected === 'object' || root.expected === 'record' ? 'map' : root.expected;
  });
  return [...new Set(words)].join(' or ');
}

function isWrongKind(issue: Issue, found: RawValue | undefined): boolean {
  return issue.code === 'invalid_type' || (issue.code === 'invalid_value' && typeof found !== 'string');
}

function toLimitMessage(issue: Issue): string {
  if (issue.code === 'too_small')
    return t`must be ${issue.inclusive === false ? t('more than') : t('at least')} ${String(issue.minimum)}${toUnit(issue.origin)}`;
  if (issue.code === 'too_big') return t`must be at most ${String(issue.maximum)}${toUnit(issue.origin)}`;
  return t('is not allowed');
}

function toUnit(origin: string): string {
  if (origin === 'string') return t(' characters long');
  return origin === 'array' ? t(' items long') : '';
}

function isMap(value: RawValue | undefined): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A sentence for people. */
export function toSentence(problem: Exclude<Problem, { kind: 'unknown-keys' }>): string {
  const subject = toSubject(problem.path);
  switch (problem.kind) {
    case 'missing':
      return t`${subject} is missing.`;
    case 'type':
      return t`${subject} must be ${translate(EXPECTED[problem.expected] ?? `a ${problem.expected}`)}, not ${typeof problem.found === 'string' ? t('the text ') : ''}${toFoundText(problem.found)}.`;
    case 'choice':
      return t`${subject} is ${toFoundText(problem.found)}; it must be ${toChoiceText(problem.choices)}.`;
    default:
      return `${subject} ${translate(problem.message)}.`;
  }
}

function toChoiceText(choices: readonly string[]): string {
  if (choices === COLUMN_TYPES) return t('an Arrow type such as `int64`, `float64`, `string`, `bool` or `timestamp[us]`');
  const list = choices.length === 1 ? toNameList(choices) : t`one of ${toNameList(choices, 30)}`;
  return choices.includes(SIMPLE_PORT_KINDS[0]) ? t`${list}, or a map with \`table\` or \`list\`` : list;
}

const EXPECTED: { readonly [type: string]: string } = {
  string: later('a text'),
  number: later('a number'),
  int: later('a whole number'),
  boolean: later('`true` or `false`'),
  array: later('a list'),
  record: later('a map'),
  object: later('a map'),
  'string or map': later('a text or a map'),
  'string or array': later('a text or a list'),
  'array or string': later('a list or a text'),
  'string or boolean': later('a condition'),
};

function toSubject(path: ValuePath): string {
  const last = path.at(-1);
  if (last === undefined) return t('This file');
  const owner = path.findLast((step) => typeof step === 'string') ?? '';
  return typeof last === 'number' ? t`Item ${last + 1} of \`${owner}\`` : `\`${last}\``;
}

function toFoundText(found: RawValue | undefined): string {
  if (found === undefined || found === null) return t('empty');
  if (Array.isArray(found)) return t('a list');
  if (typeof found === 'object') return t('a map');
  if (typeof found === 'string') return `\`${found.slice(0, 60)}\``;
  return typeof found === 'number' ? t`the number \`${String(found)}\`` : t`the value \`${String(found)}\``;
}
