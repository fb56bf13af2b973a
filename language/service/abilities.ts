import type { PythonReader } from '../python/pythonReader.ts';

/** What the service can't do itself, passed in by its host so that the same text gets the same answer everywhere. */
export interface CheckAbilities {
  /** Linear-time glob match over a path relative to the root, with `/` (the host passes picomatch). */
  readonly matchesGlob: (path: string, glob: string) => boolean;
  /** Whether a file is there, also one that is no text (lock files). Path relative to the root, with `/`. */
  readonly exists: (path: string) => boolean;
  /** `undefined` = signatures are not checked. */
  readonly python: PythonReader | undefined;
}
