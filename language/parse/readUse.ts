import { isQualifiedName, isTagName } from '../model/names.ts';
import type { StepUse } from '../model/workflow.ts';
import type { StepForm } from '../model/workflowForm.ts';
import { toKindWord } from '../model/kindWords.ts';
import { t } from '../model/words.ts';
import type { FormReading } from './formReading.ts';
import { parseUse, type UseReading } from './grammar.ts';
import { placePart } from './grammarReading.ts';
import type { ValuePath } from './sourceMap.ts';

/** What a step uses; parts `@name` and `@tag`. `undefined`: it is no name, which is reported. */
export function readUse(reading: FormReading, path: ValuePath, form: StepForm): StepUse | undefined {
  const key = form.module === undefined ? (form.dataset === undefined ? 'workflow' : 'dataset') : 'module';
  const use = readName(reading, [...path, key], key, form[key] ?? '');
  if (use === undefined) return undefined;
  if (key === 'module') return { kind: 'module', module: use.name, tag: use.tag };
  if (use.tagSpan === undefined)
    return key === 'dataset' ? { kind: 'dataset', dataset: use.name } : { kind: 'workflow', workflow: use.name };
  const range = reading.yaml.source.textRange([...path, key], use.nameSpan.end, use.tagSpan.end);
  reading.yaml.findings.add(
    'not-supported',
    range,
    key === 'dataset'
      ? t('Versions of datasets can’t be named in this version.')
      : t('Versions of workflows can’t be named in this version.'),
  );
  return undefined;
}

/** Libraries by name, with or without a tag; those that are no names are reported and left out. */
export function readLibraryUses(reading: FormReading, uses: readonly string[] | undefined): readonly string[] {
  const seen = new Set<string>();
  return (uses ?? []).filter((text, index) => {
    const path = ['uses', index];
    const use = readName(reading, path, 'library', text);
    if (use === undefined) return false;
    const isRepeated = seen.has(use.name);
    seen.add(use.name);
    if (isRepeated) reading.yaml.findings.add('duplicate-name', reading.yaml.source.valueRange(path), t`\`${use.name}\` is used twice.`);
    return !isRepeated;
  });
}

function readName(reading: FormReading, at: ValuePath, kind: string, text: string): UseReading | undefined {
  const use = parseUse(text);
  const { findings, source } = reading.yaml;
  placePart(reading, at, '@name', use.nameSpan);
  if (!isQualifiedName(use.name)) {
    const range = source.textRange(at, use.nameSpan.start, use.nameSpan.end);
    findings.add(
      'invalid-value',
      range,
      t`A ${toKindWord(kind)} is named \`namespace/name\`: lower-case letters, digits, \`-\` and \`_\`.`,
    );
    return undefined;
  }
  if (use.tagSpan !== undefined && !isTagName(use.tag ?? '')) {
    const range = source.textRange(at, use.tagSpan.start, use.tagSpan.end);
    findings.add('invalid-value', range, t('A tag is ASCII letters, digits, `.`, `_` and `-`, starting with a letter.'));
    return undefined;
  }
  placePart(reading, at, '@tag', use.tagSpan);
  return use;
}
