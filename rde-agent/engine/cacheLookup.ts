import type { Digest } from '../../language/model/names.ts';
import type { CachedResult } from '../protocol/cachedResult.ts';
import type { ArtifactManifest } from '../protocol/pinned.ts';
import type { Reason } from '../protocol/reason.ts';
import type { TraceVerdict } from '../protocol/trace.ts';
import type { TaskNode } from './taskNode.ts';

/** Whether what the execution of an earlier result ran and looked at is the same now. */
export type Judgement =
  | Exclude<TraceVerdict, { readonly kind: 'unknown' }>
  /** it has no trace, or none that can be verified: only an equal key proves anything */
  | { readonly kind: 'none' }
  /** something has to be read or analysed before, see CacheLookup.learn */
  | { readonly kind: 'unknown' };

/** The cache as the engine sees it. All answers are of one moment. */
export interface CacheLookup {
  entry(key: Digest): CachedResult | undefined;
  /** All of these will be asked for: they may be read together. Absent = they are read one by one. */
  expect?(keys: readonly Digest[]): void;
  /** newest first: results with a trace whose keys differ in nothing but what a trace tells; read as they are asked for */
  candidates(candidate: Digest): Iterable<CachedResult>;
  /** earlier results of the same module, newest first, those of the same task preferred; read as they are asked for */
  recent(node: TaskNode): Iterable<CachedResult>;
  /** Also looks at files outside of everything declared, where the execution did. */
  judge(entry: CachedResult, node: TaskNode): Judgement;
  /** Afterwards `judge` knows of these, for this task and for others with the same code. Never rejects. */
  learn(entries: readonly CachedResult[], node: TaskNode): Promise<void>;
  /** why the last result with this candidate key was not kept; `undefined` = it was, or there is none */
  refused(candidate: Digest): string | undefined;
  /** whether a result that comes from elsewhere (the run that this one is forked from) may be given to whoever asks; absent = any may */
  permits?(entry: CachedResult, how: 'key' | 'trace'): boolean;
  has(blob: Digest): boolean;
  /** of what it has not: whether it was there, and damaged; absent = nobody knows */
  isDamaged?(blob: Digest): boolean;
  filesOf(artifact: string): ArtifactManifest | undefined;
  /** Of code that is bundled: what of it has changed since this result. `unknown` = to be learned first; absent, or `undefined` = nothing can be named. */
  changes?(entry: CachedResult, node: TaskNode): readonly Reason[] | 'unknown' | undefined;
  /** RFC 3339 */
  now(): string;
}

/** Nothing can be said before `CacheLookup.learn` was called with these; then it is to be decided anew. */
export interface Undecided {
  readonly kind: 'unknown';
  readonly entries: readonly CachedResult[];
}
