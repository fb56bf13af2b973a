import type { PinnedLibrary } from './pinned.ts';
import type { LibraryArtifacts } from './roles.ts';

/** Libraries that a tagged library was pushed with. */
export interface Brought {
  /** name of the tagged one */
  readonly by: string;
  readonly libraries: LibraryArtifacts;
}

/** Those that the code asks for, and what they bring along that it does not: of one name there is one, and what is asked for goes first. */
export function withBrought(asked: readonly PinnedLibrary[], brought: readonly Brought[]): readonly PinnedLibrary[] {
  const all = new Map(asked.map((library) => [library.name, library]));
  for (const { by, libraries } of brought)
    for (const [name, artifact] of Object.entries(libraries))
      if (!all.has(name)) all.set(name, { name, artifact, folder: '', broughtBy: by });
  return [...all.values()];
}
