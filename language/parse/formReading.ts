import { z } from 'zod';
import type { Json } from '../model/json.ts';
import { toNearestName } from '../model/nearNames.ts';
import { t } from '../model/words.ts';
import { toNameList, toReplacement, toSuggestion } from './findings.ts';
import { toPathKey, type ValuePath } from './sourceMap.ts';
import { isMissing, toProblems, toSentence, type Problem } from './formProblems.ts';
import { valueAt, type RawValue } from './rawValue.ts';
import type { YamlReading } from './yamlText.ts';

const MOST_ROUNDS = 16;

/**
 * What remains of a file's data while it is checked. Whatever is wrong is reported once and taken out, so that everything else can
 * still be used: one bad line does not hide what the other lines say.
 */
export interface FormReading {
  readonly yaml: YamlReading;
  raw: RawValue | undefined;
  /** keys of the paths that were taken out: what misses them has been reported already */
  readonly removed: Set<string>;
}

export function createFormReading(yaml: YamlReading): FormReading {
  const raw = yaml.isSound ? (yaml.value ?? {}) : undefined;
  return { yaml, raw: raw === null ? {} : raw, removed: new Set() };
}

/** Reads the data in its form; `undefined` where something is wrong that nothing can stand for. */
export function readForm<Form extends z.ZodType>(reading: FormReading, form: Form): z.output<Form> | undefined {
  for (let round = 0; round < MOST_ROUNDS && reading.raw !== undefined; round += 1) {
    const result = form.safeParse(reading.raw);
    if (result.success) return result.data;
    const problems = toProblems(result.error.issues, reading.raw);
    // Unknown keys first: one that was meant to be a missing key explains why that is missing.
    for (const problem of problems) if (problem.kind === 'unknown-keys') handle(problem, reading, form);
    for (const problem of problems) if (problem.kind !== 'unknown-keys') handle(problem, reading, form);
  }
  return undefined;
}

function handle(problem: Problem, reading: FormReading, form: z.ZodType): void {
  if (isCaused(problem, reading)) {
    remove(reading, problem.kind === 'missing' ? problem.path.slice(0, -1) : problem.path);
    return;
  }
  report(problem, reading, form);
  if (problem.kind === 'unknown-keys') for (const key of problem.keys) remove(reading, [...problem.path, key]);
  else remove(reading, isMissing(problem) ? problem.path.slice(0, -1) : problem.path);
}

/** Follows from something that was reported before. */
function isCaused(problem: Problem, reading: FormReading): boolean {
  if (problem.kind === 'missing') return reading.removed.has(toPathKey(problem.path));
  const prefix = problem.path.length === 0 ? '' : `${toPathKey(problem.path)}\0`;
  return problem.kind === 'rule' && [...reading.removed].some((path) => path.startsWith(prefix));
}

/** Takes a value out; inside a list the whole list goes, so that no other item moves. */
export function remove(reading: FormReading, path: ValuePath): void {
  const firstIndex = path.findIndex((step) => typeof step === 'number');
  const target = firstIndex === -1 ? path : path.slice(0, firstIndex);
  reading.removed.add(toPathKey(target));
  const key = target.at(-1);
  if (key === undefined) {
    reading.raw = undefined;
    return;
  }
  const parent = valueAt(reading.raw, target.slice(0, -1));
  if (typeof parent === 'object' && parent !== null) Reflect.deleteProperty(parent, key);
}

/** Places of texts with `${` inside lists and maps. */
export function findTemplate(value: RawValue | Json, path: ValuePath): readonly ValuePath[] {
  if (typeof value === 'string') return value.includes('${') ? [path] : [];
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap((inner: Json, index) => findTemplate(inner, [...path, index]));
  return Object.entries(value).flatMap(([key, inner]: [string, Json]) => findTemplate(inner, [...path, key]));
}

function report(problem: Problem, reading: FormReading, form: z.ZodType): void {
  const { findings, source } = reading.yaml;
  switch (problem.kind) {
    case 'unknown-keys':
      for (const key of problem.keys) reportUnknownKey(problem.path, key, reading, form);
      return;
    case 'missing': {
      const path = problem.path.slice(0, -1);
      const range = path.length === 0 ? toFirstKeyRange(reading) : source.keyRange(path);
      findings.add('missing-key', range, t`\`${String(problem.path.at(-1))}\` is missing${toWhere(path)}.`);
      return;
    }
    case 'bad-key':
    case 'rule':
      findings.add('invalid-value', source.keyRange(problem.path), toSentence(problem));
      return;
    default:
      reportValue(problem, reading);
  }
}

function reportValue(problem: Exclude<Problem, { kind: 'unknown-keys' }>, reading: FormReading): void {
  const { findings, source, text } = reading.yaml;
  const range = source.valueRange(problem.path);
  const place = source.place(problem.path);
  const written = place === undefined ? '' : text.slice(place.value.start, place.value.end);
  const key = problem.path.at(-1);
  if (problem.kind === 'type' && typeof problem.found === 'number' && typeof key === 'string' && Object.hasOwn(WITH_UNITS, key)) {
    findings.add(
      'invalid-value',
      range,
      t`\`${key}\` is ${problem.found} of what? Add a unit: \`${problem.found}${WITH_UNITS[key] ?? ''}\`.`,
    );
    return;
  }
  if (problem.kind === 'type' && problem.expected === 'string' && isPlainScalar(valueAt(reading.raw, problem.path)) && written !== '') {
    const quoted = JSON.stringify(written);
    const fix = toReplacement(source.file, range, quoted, t('Put it in quotes'));
    findings.add('invalid-value', range, t`${toSentence(problem)} Put it in quotes to make it a text: \`${quoted}\`.`, { fix });
    return;
  }
  const nearest = problem.kind === 'choice' ? toNearestChoice(written, problem.choices) : undefined;
  const fix = nearest === undefined ? {} : { fix: toReplacement(source.file, range, nearest) };
  findings.add('invalid-value', range, toSentence(problem) + (nearest === undefined ? '' : t` Did you mean \`${nearest}\`?`), fix);
}

/** Values that are a number with a unit, each with a usual one. */
const WITH_UNITS: { readonly [key: string]: string } = {
  timeout: 's',
  queue: 's',
  run: 's',
  idle: 's',
  backoff: 's',
  ttl: 's',
  memory: 'MiB',
};

/** What other languages call the types of columns. */
const OTHER_WORDS: { readonly [word: string]: string } = {
  int: 'int64',
  integer: 'int64',
  long: 'int64',
  float: 'float64',
  double: 'float64',
  number: 'float64',
  str: 'string',
  text: 'string',
  object: 'string',
  boolean: 'bool',
  date: 'date32',
  datetime: 'timestamp[us]',
  timestamp: 'timestamp[us]',
  bytes: 'binary',
};

function toNearestChoice(written: string, choices: readonly string[]): string | undefined {
  const known = OTHER_WORDS[written.toLowerCase()];
  return known !== undefined && choices.includes(known) ? known : toNearestName(written, choices);
}

function isPlainScalar(value: RawValue | undefined): boolean {
  return typeof value === 'number' || typeof value === 'boolean';
}

function reportUnknownKey(path: ValuePath, key: string, reading: FormReading, form: z.ZodType): void {
  const { findings, source } = reading.yaml;
  const range = source.keyRange([...path, key]);
  if (findings.isFull) return;
  const known = toKnownKeys(form, path, reading.raw);
  const present = valueAt(reading.raw, path);
  const free = known.filter((name) => typeof present !== 'object' || present === null || !Object.hasOwn(present, name));
  const { hint, options } = toSuggestion({ file: source.file, range }, key, free);
  const rest = hint === '' ? t`. Known here: ${toNameList(known, 20)}.` : hint;
  const nearest = toNearestName(key, free);
  if (nearest !== undefined) reading.removed.add(toPathKey([...path, nearest]));
  findings.add('unknown-key', range, t`\`${key}\` is not known${toWhere(path)}${rest}`, options);
}

/** Where a file has no first key, its first line says that something is missing. */
function toFirstKeyRange(reading: FormReading): ReturnType<FormReading['yaml']['source']['keyRange']> {
  const first = typeof reading.raw === 'object' && reading.raw !== null ? Object.keys(reading.raw)[0] : undefined;
  return first === undefined ? reading.yaml.source.toRange({ start: 0, end: 0 }) : reading.yaml.source.keyRange([first]);
}

function toWhere(path: ValuePath): string {
  const name = path.findLast((step) => typeof step === 'string');
  return name === undefined ? t(' in this file') : t` in \`${name}\``;
}

/** The keys that a form knows at a path. */
function toKnownKeys(form: z.ZodType, path: ValuePath, raw: RawValue | undefined): readonly string[] {
  let forms: readonly unknown[] = [form];
  for (const step of path) forms = forms.flatMap(toObjectForms).flatMap((inner) => toMemberForms(inner, step));
  const kind = valueAt(raw, [...path, 'kind']);
  const known = forms.flatMap(toObjectForms).filter((inner) => inner instanceof z.ZodObject);
  const meant = known.filter((inner) => inner.shape.kind instanceof z.ZodLiteral && inner.shape.kind.safeParse(kind).success);
  return (meant.length > 0 ? meant : known).flatMap((inner) => Object.keys(inner.shape));
}

/** Forms behind wrappers and alternatives. */
function toObjectForms(form: unknown): readonly unknown[] {
  if (form instanceof z.ZodOptional) return toObjectForms(form.unwrap());
  if (form instanceof z.ZodUnion) return form.options.flatMap(toObjectForms);
  return [form];
}

function toMemberForms(form: unknown, step: string | number): readonly unknown[] {
  if (form instanceof z.ZodObject) return Object.hasOwn(form.shape, step) ? [form.shape[step]] : [form.def.catchall];
  if (form instanceof z.ZodRecord) return [form.valueType];
  return form instanceof z.ZodArray ? [form.element] : [];
}
