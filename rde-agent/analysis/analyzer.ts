import type { Digest } from '../../language/model/names.ts';
import type { Skeleton } from './skeleton.ts';

/** A source file by its content. */
export interface Source {
  readonly digest: Digest;
  /** `undefined` = it is not here */
  readonly read: () => Promise<Uint8Array | undefined>;
}

/** Units and digests of Python files, by content: each is parsed once per minor version and remembered, also across restarts. */
export interface Analyzer {
  /** What is in memory; fast, never starts anything. `python` = minor version, `3.13`. */
  known(python: string, digest: Digest): Skeleton | undefined;
  /** Makes them known. One that cannot be read or parsed becomes a skeleton that equals only itself. Rejects with `python-missing`. */
  ensure(python: string, sources: readonly Source[]): Promise<void>;
  /** Ends its processes. Idempotent. */
  dispose(): Promise<void>;
}
