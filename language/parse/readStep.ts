import type { Json } from '../model/json.ts';
import { isQualifiedName, isTagName } from '../model/names.ts';
import { DEFAULT_RETRY, type Foreach, type ParamValue, type RetryPolicy, type Step, type StepUse, type Timeouts } from '../model/workflow.ts';
import type { StepForm } from '../model/workflowForm.ts';
import { remove, type FormReading } from './formReading.ts';
import { parseTemplate, parseUse } from './grammar.ts';
import { placePart, readDuration, readGrammar } from './grammarReading.ts';
import { readReference } from './readReference.ts';
import type { ValuePath } from './sourceMap.ts';

/** A dataset step has nothing that a function would be given. */
const MODULE_ONLY = ['in', 'params', 'foreach', 'join'] as const;

/** One step; none where it is unknown what it uses. */
export function readStep(reading: FormReading, id: string, form: StepForm): readonly Step[] {
  const path = ['steps', id];
  const use = readUse(reading, path, form);
  if (use === undefined) return [];
  if (use.kind === 'dataset') reportModuleOnly(reading, path, form);
  const given = use.kind === 'dataset' ? { ...form, in: undefined, params: undefined, foreach: undefined } : form;
  return [
    {
      id,
      description: form.description ?? '',
      use,
      inputs: toRecord(Object.entries(given.in ?? {}), (port, text) => readReference(reading, [...path, 'in', port], text)),
      params: toRecord(Object.entries(given.params ?? {}), (name, value) => readParamValue(reading, [...path, 'params', name], value)),
      foreach: readForeach(reading, path, given.foreach),
      join: { kind: 'all' },
      retry: readRetry(reading, path, form),
      when: undefined,
      timeout: readTimeouts(reading, path, form),
      priority: undefined,
      cluster: form.cluster,
      cache: form.cache ?? 'on',
    },
  ];
}

function readUse(reading: FormReading, path: ValuePath, form: StepForm): StepUse | undefined {
  const key = form.module === undefined ? 'dataset' : 'module';
  const at = [...path, key];
  const use = parseUse(form.module ?? form.dataset ?? '');
  const { findings, source } = reading.yaml;
  placePart(reading, at, '@name', use.nameSpan);
  if (!isQualifiedName(use.name)) {
    const range = source.textRange(at, use.nameSpan.start, use.nameSpan.end);
    findings.add('invalid-value', range, `A ${key} is named \`namespace/name\`: lower-case letters, digits, \`-\` and \`_\`.`);
    return undefined;
  }
  if (key === 'dataset') {
    if (use.tagSpan === undefined) return { kind: 'dataset', dataset: use.name };
    findings.add(
      'not-supported',
      source.textRange(at, use.nameSpan.end, use.tagSpan.end),
      'Versions of datasets can’t be named in this version.',
    );
    return undefined;
  }
  if (use.tagSpan !== undefined && !isTagName(use.tag ?? '')) {
    const range = source.textRange(at, use.tagSpan.start, use.tagSpan.end);
    findings.add('invalid-value', range, 'A tag is ASCII letters, digits, `.`, `_` and `-`, starting with a letter.');
    return undefined;
  }
  placePart(reading, at, '@tag', use.tagSpan);
  return { kind: 'module', module: use.name, tag: use.tag };
}

function reportModuleOnly(reading: FormReading, path: ValuePath, form: StepForm): void {
  const { findings, source } = reading.yaml;
  for (const key of MODULE_ONLY) {
    if (form[key] === undefined) continue;
    findings.add('unknown-key', source.keyRange([...path, key]), `A dataset step takes no \`${key}\`: nothing is given to a dataset.`);
    remove(reading, [...path, key]);
  }
}

function readParamValue(reading: FormReading, path: ValuePath, value: Json): ParamValue | undefined {
  if (typeof value !== 'string') {
    return reportInnerTemplates(reading, path, value) ? undefined : { kind: 'literal', value };
  }
  const template = readGrammar(reading, path, parseTemplate(value));
  template?.substitutions.forEach((span, index) => placePart(reading, path, `@${index}`, span));
  return template?.value;
}

/** A substitution is the value or stands in a text that is the value: inside lists and maps it would silently stay as it is. */
function reportInnerTemplates(reading: FormReading, path: ValuePath, value: Json): boolean {
  if (typeof value === 'string') {
    if (!value.includes('${')) return false;
    const message = 'Substitutions inside lists and maps are not in this version.';
    reading.yaml.findings.add('not-supported', reading.yaml.source.valueRange(path), message);
    return true;
  }
  if (value === null || typeof value !== 'object') return false;
  const found = Object.entries(value).map(([key, inner]) => reportInnerTemplates(reading, [...path, key], inner));
  return found.includes(true);
}

function readForeach(reading: FormReading, path: ValuePath, form: StepForm['foreach']): Foreach | undefined {
  if (form === undefined) return undefined;
  const names = Object.keys(form);
  const { findings, source } = reading.yaml;
  const at = [...path, 'foreach'];
  for (const name of names) reportInnerTemplates(reading, [...at, name], form[name] ?? []);
  const [first] = names;
  if (first === undefined) {
    findings.add('invalid-value', source.keyRange(at), '`foreach` needs a name with a list of values.');
    return undefined;
  }
  const length = form[first]?.length ?? 0;
  const odd = names.find((name) => form[name]?.length !== length);
  if (odd === undefined) return { names, values: form };
  const message = `\`${odd}\` has ${form[odd]?.length ?? 0} values and \`${first}\` has ${length}: several names are taken together, one value of each.`;
  findings.add('invalid-value', source.valueRange([...at, odd]), message);
  return undefined;
}

function readTimeouts(reading: FormReading, path: ValuePath, form: StepForm): Timeouts {
  const run = readDuration(reading, [...path, 'timeout'], form.timeout);
  return run === undefined ? {} : { run };
}

function readRetry(reading: FormReading, path: ValuePath, { retry }: StepForm): RetryPolicy {
  return {
    attempts: retry?.attempts ?? DEFAULT_RETRY.attempts,
    backoff: readDuration(reading, [...path, 'retry', 'backoff'], retry?.backoff) ?? DEFAULT_RETRY.backoff,
    on: retry?.on ?? DEFAULT_RETRY.on,
  };
}

function toRecord<From, To>(
  entries: readonly (readonly [string, From])[],
  read: (key: string, value: From) => To | undefined,
): { readonly [key: string]: To } {
  const record: { [key: string]: To } = {};
  for (const [key, value] of entries) {
    const to = read(key, value);
    if (to !== undefined) record[key] = to;
  }
  return record;
}
