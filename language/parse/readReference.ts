import { WORKFLOW_INPUTS, type Reference } from '../model/workflow.ts';
import { t } from '../model/words.ts';
import type { FormReading } from './formReading.ts';
import { parseReference } from './grammar.ts';
import { placePart, readGrammar } from './grammarReading.ts';
import type { ValuePath } from './sourceMap.ts';

/** Places the parts `@step`, `@element` and `@port` under the value's path. */
export function readReference(reading: FormReading, path: ValuePath, text: string): Reference | undefined {
  const reference = readGrammar(reading, path, parseReference(text));
  if (reference === undefined) return undefined;
  const { step, port, select } = reference.value;
  if (step === WORKFLOW_INPUTS && (port === undefined || select.kind !== 'none')) {
    const message = t('An input of the workflow is referred to as `inputs.NAME`.');
    reading.yaml.findings.add('invalid-value', reading.yaml.source.valueRange(path), message);
    return undefined;
  }
  placePart(reading, path, '@step', reference.step);
  placePart(reading, path, '@element', reference.element);
  placePart(reading, path, '@port', reference.port);
  return reference.value;
}
