import type { Json } from '../model/json.ts';
import { isIdentifier } from '../model/names.ts';
import { MOST_ELEMENTS, toElementCount, type Foreach, type Reference } from '../model/workflow.ts';
import type { StepForm } from '../model/workflowForm.ts';
import { t } from '../model/words.ts';
import { findTemplate, type FormReading } from './formReading.ts';
import { readReference } from './readReference.ts';
import type { ValuePath } from './sourceMap.ts';

type ForeachForm = NonNullable<StepForm['foreach']>;

/** The fan-out of a step; `undefined` = none, or one that nothing can be made of. */
export function readForeach(reading: FormReading, path: ValuePath, form: StepForm): Foreach | undefined {
  const { foreach } = form;
  const { findings, source } = reading.yaml;
  const at = [...path, 'foreach'];
  if (foreach === undefined) {
    if (form.product !== undefined)
      findings.add('invalid-value', source.keyRange([...path, 'product']), t('`product` needs a `foreach`: there is nothing to cross.'));
    return undefined;
  }
  const names = Object.keys(foreach).filter((name) => name !== 'product');
  const lists = readLists(reading, at, foreach, names);
  if (names.length === 0)
    findings.add('invalid-value', source.keyRange(at), t('`foreach` needs a name with a list of values, or with an output of a step.'));
  if (lists === undefined || names.length === 0) return undefined;
  const product = foreach.product ?? form.product ?? false;
  const read: Foreach = { names, values: lists.values, ...(lists.isDynamic ? { from: lists.from } : {}), ...(product ? { product } : {}) };
  return isSized(reading, at, read) ? read : undefined;
}

interface Lists {
  readonly values: { readonly [name: string]: readonly Json[] };
  readonly from: { readonly [name: string]: Reference };
  readonly isDynamic: boolean;
}

/** `undefined` where one of them is wrong: without it the others would make other elements. */
function readLists(reading: FormReading, at: ValuePath, form: ForeachForm, names: readonly string[]): Lists | undefined {
  const values: { [name: string]: readonly Json[] } = {};
  const from: { [name: string]: Reference } = {};
  let isSound = true;
  for (const name of names) {
    const written = form[name];
    if (!isIdentifier(name)) {
      const message = t`\`${name}\` must be letters, digits and \`_\`, not starting with a digit.`;
      reading.yaml.findings.add('invalid-value', reading.yaml.source.keyRange([...at, name]), message);
      isSound = false;
    } else if (typeof written === 'string') {
      const reference = readReference(reading, [...at, name], written);
      if (reference !== undefined) from[name] = reference;
      isSound &&= reference !== undefined;
    } else if (Array.isArray(written)) {
      isSound &&= !reportTemplates(reading, [...at, name], written);
      values[name] = written;
    }
  }
  if (!isSound) return undefined;
  return { values, from, isDynamic: Object.keys(from).length > 0 };
}

function reportTemplates(reading: FormReading, path: ValuePath, value: Json): boolean {
  const found = findTemplate(value, path);
  for (const inner of found) {
    reading.yaml.findings.add(
      'not-supported',
      reading.yaml.source.valueRange(inner),
      t('Substitutions inside lists and maps are not in this version.'),
    );
  }
  return found.length > 0;
}

/** Zipped lists have one length; what is crossed does not grow beyond what a run can hold. */
function isSized(reading: FormReading, at: ValuePath, foreach: Foreach): boolean {
  const { findings, source } = reading.yaml;
  const [first, ...others] = foreach.names.filter((name) => Object.hasOwn(foreach.values, name));
  if (first === undefined) return true;
  const length = foreach.values[first]?.length ?? 0;
  if (foreach.product === true) {
    const count = toElementCount({ ...foreach, names: [first, ...others] });
    if (count <= MOST_ELEMENTS) return true;
    findings.add(
      'too-many-elements',
      source.keyRange(at),
      t`Crossed, these lists make ${count} elements; at most ${MOST_ELEMENTS} are run.`,
    );
    return false;
  }
  const odd = others.find((name) => foreach.values[name]?.length !== length);
  if (odd === undefined) return true;
  const message = t`\`${odd}\` has ${foreach.values[odd]?.length ?? 0} values and \`${first}\` has ${length}: several names are taken together, one value of each (\`product: true\` crosses them).`;
  findings.add('invalid-value', source.valueRange([...at, odd]), message);
  return false;
}
