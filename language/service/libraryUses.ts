import type { LibraryDefinition } from '../model/library.ts';
import { parseUse } from '../parse/grammar.ts';

/** A library that code uses, and how it came to it. */
export interface UsedLibrary {
  readonly name: string;
  readonly tag: string | undefined;
  /** index in the `uses` that it came from */
  readonly index: number;
  /** `undefined`: unknown or broken */
  readonly definition: LibraryDefinition | undefined;
}

/** The libraries of `uses` and all that those use, each once, those named first before those they bring. */
export function collectLibraries(uses: readonly string[], find: (name: string) => LibraryDefinition | undefined): readonly UsedLibrary[] {
  const found = new Map<string, UsedLibrary>();
  const add = (text: string, index: number): void => {
    const { name, tag } = parseUse(text);
    if (!found.has(name)) found.set(name, { name, tag, index, definition: find(name) });
  };
  uses.forEach(add);
  for (const library of found.values()) for (const text of library.definition?.uses ?? []) add(text, library.index);
  return [...found.values()];
}
