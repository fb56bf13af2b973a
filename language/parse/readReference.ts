import type { Reference } from '../model/workflow.ts';
import type { FormReading } from './formReading.ts';
import { parseReference } from './grammar.ts';
import { placePart, readGrammar } from './grammarReading.ts';
import type { ValuePath } from './sourceMap.ts';

/** Places the parts `@step`, `@element` and `@port` under the value's path. */
export function readReference(reading: FormReading, path: ValuePath, text: string): Reference | undefined {
  const reference = readGrammar(reading, path, parseReference(text));
  if (reference === undefined) return undefined;
  if (reference.value.step === 'inputs') {
    const message = 'Inputs of workflows are not in this version: they come with nested workflows.';
    reading.yaml.findings.add('not-supported', reading.yaml.source.valueRange(path), message);
    return undefined;
  }
  placePart(reading, path, '@step', reference.step);
  placePart(reading, path, '@element', reference.element);
  placePart(reading, path, '@port', reference.port);
  return reference.value;
}
