import type { Json } from '../model/json.ts';
import type { Condition } from '../model/condition.ts';
import type { Join, ParamValue, Step, StepInput } from '../model/workflow.ts';
import type { StepForm } from '../model/workflowForm.ts';
import { t } from '../model/words.ts';
import { parseCondition } from './condition.ts';
import { toConditionRepair } from './conditionRepair.ts';
import { findTemplate, remove, type FormReading } from './formReading.ts';
import { parseJoin, parseTemplate } from './grammar.ts';
import { placePart, readGrammar } from './grammarReading.ts';
import { readForeach } from './readForeach.ts';
import { readReference } from './readReference.ts';
import { readRetry, readTimeouts } from './readTiming.ts';
import { readUse } from './readUse.ts';
import type { ValuePath } from './sourceMap.ts';

/** A dataset step has nothing that a function would be given. */
const NOT_FOR_DATASETS = ['in', 'params', 'foreach', 'product', 'join'] as const;

/** One step; none where it is unknown what it uses. */
export function readStep(reading: FormReading, id: string, form: StepForm): readonly Step[] {
  const path = ['steps', id];
  const use = readUse(reading, path, form);
  if (use === undefined) return [];
  if (use.kind === 'dataset') reportNotForDatasets(reading, path, form);
  const given: StepForm =
    use.kind === 'dataset' ? { ...form, in: undefined, params: undefined, foreach: undefined, product: undefined, join: undefined } : form;
  return [
    {
      id,
      description: form.description ?? '',
      use,
      inputs: toRecord(Object.entries(given.in ?? {}), (port, written) => readInput(reading, [...path, 'in', port], written)),
      params: toRecord(Object.entries(given.params ?? {}), (name, value) => readParamValue(reading, [...path, 'params', name], value)),
      foreach: readForeach(reading, path, given),
      join: readJoin(reading, path, given),
      when: readWhen(reading, path, form),
      retry: readRetry(reading, path, form),
      timeout: readTimeouts(reading, path, form),
      priority: form.priority,
      cluster: form.cluster,
      cache: form.cache ?? 'on',
    },
  ];
}

function reportNotForDatasets(reading: FormReading, path: ValuePath, form: StepForm): void {
  const { findings, source } = reading.yaml;
  for (const key of NOT_FOR_DATASETS) {
    if (form[key] === undefined) continue;
    findings.add('unknown-key', source.keyRange([...path, key]), t`A dataset step takes no \`${key}\`: nothing is given to a dataset.`);
    remove(reading, [...path, key]);
  }
}

/** A list with one wrong item is left out whole, so that no other item moves. */
function readInput(reading: FormReading, path: ValuePath, written: string | readonly string[]): StepInput | undefined {
  if (typeof written === 'string') return readReference(reading, path, written);
  const items = written.map((text, index) => readReference(reading, [...path, index], text));
  const read = items.filter((item) => item !== undefined);
  return read.length === items.length ? { items: read } : undefined;
}

function readParamValue(reading: FormReading, path: ValuePath, value: Json): ParamValue | undefined {
  if (typeof value !== 'string') {
    // A substitution inside a list or map would silently stay as it is.
    const inner = findTemplate(value, path);
    const message = t('Substitutions inside lists and maps are not in this version.');
    for (const at of inner) reading.yaml.findings.add('not-supported', reading.yaml.source.valueRange(at), message);
    return inner.length > 0 ? undefined : { kind: 'literal', value };
  }
  const template = readGrammar(reading, path, parseTemplate(value));
  template?.substitutions.forEach((span, index) => placePart(reading, path, `@${index}`, span));
  return template?.value;
}

function readJoin(reading: FormReading, path: ValuePath, { join }: StepForm): Join {
  const read = join === undefined ? undefined : readGrammar(reading, [...path, 'join'], parseJoin(join), { code: 'invalid-join' });
  return read?.value ?? { kind: 'all' };
}

/** Parts `@0`, `@1` … for the names that it reads: parameters, steps and metrics, each in the order of the text. */
function readWhen(reading: FormReading, path: ValuePath, { when }: StepForm): Condition | undefined {
  if (typeof when === 'boolean') return { kind: 'literal', value: when };
  const at = [...path, 'when'];
  if (when === undefined) return undefined;
  const parsed = parseCondition(when);
  const repair = parsed.kind === 'bad' ? toConditionRepair(when, parsed.span) : undefined;
  const read = readGrammar(reading, at, parsed, { code: 'invalid-condition', repair });
  read?.names.forEach((span, index) => placePart(reading, at, `@${index}`, span));
  return read?.value;
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
