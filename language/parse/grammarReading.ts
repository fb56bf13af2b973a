import type { Entry } from '../model/module.ts';
import type { FormReading } from './formReading.ts';
import { parseDuration, parseEntry, parseSize, type GrammarReading } from './grammar.ts';
import { toPathKey, type Span, type ValuePath } from './sourceMap.ts';

/** Reads a value with the small grammar; says at its exact place what is wrong with it. */
export function readGrammar<T>(
  reading: FormReading,
  path: ValuePath,
  result: GrammarReading<T>,
): ({ readonly kind: 'ok' } & T) | undefined {
  if (result.kind === 'ok') return result;
  const { findings, source } = reading.yaml;
  findings.add('invalid-value', source.textRange(path, result.span.start, result.span.end), result.message);
  return undefined;
}

/** Records where a part of a value stands, under the value's path and a name with `@`. */
export function placePart(reading: FormReading, path: ValuePath, part: string, span: Span | undefined): void {
  const place = reading.yaml.source.place(path);
  if (span === undefined || place?.textStart === undefined) return;
  const value = { start: place.textStart + span.start, end: place.textStart + span.end };
  reading.yaml.places.set(toPathKey([...path, part]), { key: undefined, value, textStart: value.start });
}

export function readDuration(reading: FormReading, path: ValuePath, text: string | undefined): number | undefined {
  return text === undefined ? undefined : readGrammar(reading, path, parseDuration(text))?.value;
}

export function readSize(reading: FormReading, path: ValuePath, text: string | undefined): number | undefined {
  return text === undefined ? undefined : readGrammar(reading, path, parseSize(text))?.value;
}

/** Parts `@file` and `@function`. Files other than Python are refused. */
export function readEntryText(reading: FormReading, path: ValuePath, text: string): Entry | undefined {
  const entry = readGrammar(reading, path, parseEntry(text));
  if (entry === undefined) return undefined;
  const { findings, source } = reading.yaml;
  const fileRange = source.textRange(path, entry.file.start, entry.file.end);
  if (/\.m?[tj]sx?$/.test(entry.value.file)) {
    findings.add('not-supported', fileRange, 'TypeScript modules are not in this version: the entry is a Python file.');
    return undefined;
  }
  if (!entry.value.file.endsWith('.py')) {
    findings.add('invalid-value', fileRange, 'The file of an entry is a Python file: its name ends with `.py`.');
    return undefined;
  }
  placePart(reading, path, '@file', entry.file);
  placePart(reading, path, '@function', entry.function);
  return entry.value;
}
