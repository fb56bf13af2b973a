import type { LibraryDefinition } from '../model/library.ts';
import type { ModuleContract } from '../model/module.ts';
import type { ParsedFile } from '../parse/parsedFile.ts';
import { createSourceMap } from '../parse/sourceMap.ts';

/** Modules and libraries by name that no file of the workspace defines: what is known of them came from others, by their tags. */
export interface Elsewhere {
  readonly modules: ReadonlyMap<string, ParsedFile<ModuleContract>>;
  readonly libraries: ReadonlyMap<string, ParsedFile<LibraryDefinition>>;
}

export const NOTHING_ELSEWHERE: Elsewhere = { modules: new Map(), libraries: new Map() };

/** In the form of a file, so that it is checked like one; it has neither places nor a folder. Keep it: checks compare what they asked about by identity. */
export function toElsewhereFile<T>(name: string, value: T): ParsedFile<T> {
  const file = `${name.replace('/', '.')}@`;
  return { file, name: undefined, value, source: createSourceMap(file, '', new Map()), diagnostics: [] };
}

/** Those of the workspace's files first. */
export function withElsewhere<T>(own: ReadonlyMap<string, T>, elsewhere: ReadonlyMap<string, T>): ReadonlyMap<string, T> {
  return elsewhere.size === 0 ? own : new Map([...own, ...[...elsewhere].filter(([name]) => !own.has(name))]);
}
