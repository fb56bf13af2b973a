import type { Diagnostic } from '../model/diagnostic.ts';
import { toKindWord } from '../model/kindWords.ts';
import { t } from '../model/words.ts';
import { toNameList } from '../parse/findings.ts';
import type { ParsedFile } from '../parse/parsedFile.ts';

/** Two definitions of one name, also where they differ only in case: reported at both places, each naming the other. */
export function checkNames(kind: string, files: readonly ParsedFile<unknown>[]): readonly Diagnostic[] {
  const byName = new Map<string, ParsedFile<unknown>[]>();
  for (const file of files) {
    if (file.name === undefined) continue;
    const name = file.name.text.toLowerCase();
    const others = byName.get(name);
    if (others === undefined) byName.set(name, [file]);
    else others.push(file);
  }
  return [...byName.values()].filter((twins) => twins.length > 1).flatMap((twins) => twins.map((file) => toDiagnostic(kind, file, twins)));
}

function toDiagnostic(kind: string, file: ParsedFile<unknown>, twins: readonly ParsedFile<unknown>[]): Diagnostic {
  const others = twins.filter((twin) => twin !== file).map((twin) => twin.file);
  const range = file.name?.range ?? file.source.valueRange([]);
  const message = t`The ${toKindWord(kind)} \`${file.name?.text ?? ''}\` is also defined in ${toNameList(others)}. Names are unique, whatever their case.`;
  return { file: file.file, range, severity: 'error', code: 'duplicate-name', message };
}

/** Paths that some disks can't tell apart, and paths that are not NFC: the same name would have two digests. */
export function checkPaths(paths: Iterable<string>): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const seen = new Map<string, string>();
  const start = { line: 1, column: 1 };
  for (const file of paths) {
    const base = { file, range: { start, end: start }, severity: 'error' } as const;
    if (file !== file.normalize('NFC'))
      found.push({ ...base, code: 'invalid-value', message: t('The path of this file is not in Unicode form NFC.') });
    const key = file.normalize('NFC').toLowerCase();
    const earlier = seen.get(key);
    if (earlier === undefined) seen.set(key, file);
    else found.push({ ...base, code: 'duplicate-name', message: t`This path and \`${earlier}\` differ only in case.` });
  }
  return found;
}
