import type { DiagnosticCode } from '../model/diagnostic.ts';
import type { Entry, ModuleContract } from '../model/module.ts';
import { t } from '../model/words.ts';
import { toReplacement } from './findings.ts';
import type { FormReading } from './formReading.ts';
import { parseDuration, parseEntry, parseSize, type GrammarReading } from './grammar.ts';
import { toPathKey, type Span, type ValuePath } from './sourceMap.ts';

export interface GrammarOptions {
  /** `invalid-value` where nothing is said */
  readonly code?: DiagnosticCode;
  /** the whole value as it was probably meant */
  readonly repair?: string | undefined;
}

/** Reads a value with the small grammar; says at its exact place what is wrong with it. */
export function readGrammar<T>(
  reading: FormReading,
  path: ValuePath,
  result: GrammarReading<T>,
  { code = 'invalid-value', repair }: GrammarOptions = {},
): ({ readonly kind: 'ok' } & T) | undefined {
  if (result.kind === 'ok') return result;
  const { findings, source } = reading.yaml;
  const whole = source.valueRange(path);
  const fix = repair === undefined ? undefined : toReplacement(source.file, whole, JSON.stringify(repair), t`Change to \`${repair}\``);
  findings.add(code, source.textRange(path, result.span.start, result.span.end), result.message, fix === undefined ? {} : { fix });
  return undefined;
}

/** Records where a part of a value stands, under the value's path and a name with `@`. */
export function placePart(reading: FormReading, path: ValuePath, part: string, span: Span | undefined): void {
  const place = reading.yaml.source.place(path);
  if (span === undefined || place?.textStart === undefined) return;
  const value = { start: place.textStart + span.start, end: place.textStart + span.end };
  reading.yaml.places.set(toPathKey([...path, part]), { key: undefined, value, textStart: value.start });
}

export function readDuration(reading: FormReading, path: ValuePath, text: string | undefined, least?: 'none' | 'some'): number | undefined {
  return text === undefined ? undefined : readGrammar(reading, path, parseDuration(text, least))?.value;
}

export function readSize(reading: FormReading, path: ValuePath, text: string | undefined): number | undefined {
  return text === undefined ? undefined : readGrammar(reading, path, parseSize(text))?.value;
}

const TYPESCRIPT = /\.m?[jt]s$/;

/** The language of an entry, by the name of its file. */
export function toLanguage({ file }: Entry): ModuleContract['language'] {
  return TYPESCRIPT.test(file) ? 'typescript' : 'python';
}

/** Parts `@file` and `@function`. A module is Python or TypeScript; what reads a dataset is Python. */
export function readEntryText(reading: FormReading, path: ValuePath, text: string, of: 'module' | 'dataset'): Entry | undefined {
  const entry = readGrammar(reading, path, parseEntry(text));
  if (entry === undefined) return undefined;
  const { file } = entry.value;
  if (!file.endsWith('.py') && !(of === 'module' && TYPESCRIPT.test(file))) {
    const { findings, source } = reading.yaml;
    const message =
      of === 'module'
        ? t('The file of an entry is a Python file (`.py`) or a TypeScript file (`.ts`).')
        : t('The function that reads a dataset is in a Python file: its name ends with `.py`.');
    findings.add('invalid-value', source.textRange(path, entry.file.start, entry.file.end), message);
    return undefined;
  }
  placePart(reading, path, '@file', entry.file);
  placePart(reading, path, '@function', entry.function);
  return entry.value;
}
