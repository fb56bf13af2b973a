import type { ParsedFile } from './parsedFile.ts';
import { createFormReading, type FormReading } from './formReading.ts';
import { valueAt } from './rawValue.ts';
import { readYaml } from './yamlText.ts';

/**
 * The frame of all parsers: text → data → value, with the name found even where the rest is unusable. `nameKey` is the key that holds it.
 */
export function parseFile<T>(file: string, text: string, nameKey: string, toValue: (reading: FormReading) => T | undefined): ParsedFile<T> {
  const yaml = readYaml(file, text);
  const written = valueAt(yaml.value, [nameKey]);
  const name = typeof written === 'string' && written !== '' ? { text: written, range: yaml.source.valueRange([nameKey]) } : undefined;
  if (yaml.isSound && (typeof yaml.value !== 'object' || Array.isArray(yaml.value))) {
    yaml.findings.add('invalid-value', yaml.source.valueRange([]), `This file must be a map that begins with \`${nameKey}:\`.`);
    return { file, name, value: undefined, diagnostics: yaml.findings.list, source: yaml.source };
  }
  const value = toValue(createFormReading(yaml));
  return { file, name, value, diagnostics: yaml.findings.list, source: yaml.source };
}
