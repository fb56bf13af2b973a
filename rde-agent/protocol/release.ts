import type { LibraryDefinition } from '../../language/model/library.ts';
import type { ModuleContract } from '../../language/model/module.ts';
import type { Digest } from '../../language/model/names.ts';
import type { PinnedEnvironment } from './pinned.ts';

/**
 * What a version of a module is beside its code: canonical JSON of this is a blob that tags name, so that a run that begins by a tag needs nothing
 * of the workspace that the module was pushed from. Whatever of it changes makes another version.
 */
export interface Release {
  readonly v: 1;
  readonly module: string;
  readonly artifact: Digest;
  /** see PinnedStep */
  readonly code?: Digest;
  /** `null` = a library */
  readonly contract: ModuleContract | null;
  /** of a library; absent = a module, or it was pushed before this was recorded */
  readonly library?: LibraryDefinition;
  /** that the module runs in; `null` = a library, or it could not be decided where it was pushed */
  readonly environment: PinnedEnvironment | null;
  /** by name: what it uses, those that libraries use included */
  readonly libraries: { readonly [name: string]: Digest };
}
