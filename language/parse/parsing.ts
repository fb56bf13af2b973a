import { t } from '../model/words.ts';
import type { ParsedFile } from './parsedFile.ts';
import { createFormReading, type FormReading } from './formReading.ts';
import { valueAt } from './rawValue.ts';
import { readYaml, type YamlReading } from './yamlText.ts';

/**
 * The frame of all parsers: text → data → value, with the name found even where the rest is unusable. `nameKey` is the key that holds it.
 */
export function parseFile<T>(file: string, text: string, nameKey: string, toValue: (reading: FormReading) => T | undefined): ParsedFile<T> {
  const yaml = readYaml(file, text);
  const written = valueAt(yaml.value, [nameKey]);
  const isName = typeof written === 'string' && written !== '';
  const name = isName ? { text: written, range: yaml.source.valueRange([nameKey]) } : findName(yaml, nameKey);
  if (yaml.isSound && (typeof yaml.value !== 'object' || Array.isArray(yaml.value))) {
    yaml.findings.add('invalid-value', yaml.source.valueRange([]), t`This file must be a map that begins with \`${nameKey}:\`.`);
    return { file, name, value: undefined, diagnostics: yaml.findings.list, source: yaml.source };
  }
  const value = toValue(createFormReading(yaml));
  return { file, name, value, diagnostics: yaml.findings.list, source: yaml.source };
}

const SEARCHED_CHARACTERS = 4096;

/** The name of a file that is no YAML or too much of it: the first line that looks like it, near the start. */
function findName({ text, isSound, source }: YamlReading, nameKey: string): ParsedFile<unknown>['name'] {
  if (isSound) return undefined;
  const found = new RegExp(`^${nameKey}:[ \\t]+["']?([\\w./-]+)`, 'm').exec(text.slice(0, SEARCHED_CHARACTERS));
  const name = found?.[1];
  if (found === null || name === undefined) return undefined;
  const end = found.index + found[0].length;
  return { text: name, range: source.toRange({ start: end - name.length, end }) };
}
