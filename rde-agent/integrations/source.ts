import type { DatasetFormat, DatasetSource } from '../../language/model/dataset.ts';
import type { Digest } from '../../language/model/names.ts';
import type { ReadSecret } from '../protocol/agentConfig.ts';

/** A dataset's source that the agent itself fetches (everything but `python`). */
export type FetchedSource = Exclude<DatasetSource, { kind: 'python' }>;

/** What a fetch has brought: a file that the caller takes over, in this format. */
export interface Fetched {
  /** absolute, inside the folder that the caller gave */
  readonly path: string;
  readonly format: DatasetFormat;
  readonly digest: Digest;
  readonly bytes: number;
  /** of what was fetched; equal to the answer of `version` where the source did not change in between */
  readonly version: string;
  /** types that the source itself tells, by column (Arrow names); absent = the format carries them or nobody knows */
  readonly types?: { readonly [column: string]: string };
}

/** What every call is given by its host. */
export interface SourceContext {
  readonly secret: ReadSecret;
  /** Resolves a host and refuses addresses that policy forbids (CairnError `denied`); answers the addresses to connect to. */
  readonly resolve: (host: string, port: number) => Promise<readonly { readonly address: string; readonly family: 4 | 6 }[]>;
  readonly signal: AbortSignal;
}

/**
 * One kind of source. Implementations pass `test/contract/source*.test.ts`. Failures are CairnErrors: `secret-missing`, `denied`, or
 * `store-failed` with the source's own words (never a secret), all of class infrastructure to the engine.
 */
export interface SourceReader {
  readonly kind: FetchedSource['kind'];
  /** The version that the source has now, cheaply; `null` = only a fetch can tell. Never fetches the content. */
  version(source: FetchedSource, context: SourceContext): Promise<string | null>;
  fetch(source: FetchedSource, format: DatasetFormat, folder: string, context: SourceContext): Promise<Fetched>;
}
