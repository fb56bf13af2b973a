import type { LibraryDefinition } from '../model/library.ts';
import { LibraryForm } from '../model/libraryForm.ts';
import { t } from '../model/words.ts';
import { readForm, type FormReading } from './formReading.ts';
import { toGlobProblem } from './globs.ts';
import type { ParsedFile } from './parsedFile.ts';
import { parseFile } from './parsing.ts';
import { readLibraryUses } from './readUse.ts';

/** `library.yaml` → the library. Never throws. */
export function parseLibrary(file: string, text: string): ParsedFile<LibraryDefinition> {
  return parseFile(file, text, 'library', toLibrary);
}

function toLibrary(reading: FormReading): LibraryDefinition | undefined {
  const form = readForm(reading, LibraryForm);
  if (form === undefined) return undefined;
  return {
    name: form.library,
    description: form.description ?? '',
    language: form.language ?? 'python',
    files: readFiles(reading, form.files ?? ['**']),
    uses: readLibraryUses(reading, form.uses),
    requires: { python: form.requires?.python, packages: form.requires?.packages ?? [] },
  };
}

function readFiles(reading: FormReading, globs: readonly string[]): readonly string[] {
  return globs.filter((glob, index) => {
    const problem = toGlobProblem(glob, t('the library'), t('its folder'));
    if (problem !== undefined) reading.yaml.findings.add('invalid-value', reading.yaml.source.valueRange(['files', index]), problem);
    return problem === undefined;
  });
}
