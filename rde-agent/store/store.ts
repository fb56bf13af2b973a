import type { Digest } from '../../language/model/names.ts';
import type { CachedResult } from '../protocol/cachedResult.ts';
import type { CatalogEvent, Demotion } from '../protocol/catalogEvents.ts';
import type { DatasetVersion, RunSummary } from '../protocol/documents.ts';
import type { Recorded, RunEvent, TaskId } from '../protocol/runEvents.ts';
import type { Scope } from '../protocol/who.ts';

/**
 * The store contracts: events are the truth; blobs are content; projections answer questions and can be deleted and rebuilt
 * with byte-equal answers. One suite (`test/contract/store*.test.ts`) runs for every implementation.
 */

export type StoreEvent = RunEvent | CatalogEvent;

/** Events to append to one stream. `expected` is the sequence number of its last event: another one is a `conflict`. */
export interface Append {
  readonly stream: string;
  readonly expected: number;
  /** principal id */
  readonly by: string;
  /** tenant and domain that it belongs to; stored with every event */
  readonly scope: Scope;
  /** RFC 3339 with milliseconds */
  readonly at: string;
  readonly events: readonly StoreEvent[];
}

/** A blob to be written in the same transaction. At most `SMALL_BLOB` bytes; bigger ones are written by `BlobStore` before. */
export interface SmallBlob {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** bytes; up to this size a blob lives in the database and shares the transaction of the request that brings it */
export const SMALL_BLOB = 65_536;

/** The answered form of a mutating request: a repeat of `key` with equal `body` gets `response`, with another body a `conflict`. */
export interface RequestRecord {
  readonly key: string;
  /** digest of the canonical request without its key */
  readonly body: Digest;
  readonly response: string;
}

/** Everything that one request changes, atomically. */
export interface Transaction {
  readonly appends: readonly Append[];
  readonly blobs?: readonly SmallBlob[];
  readonly request?: RequestRecord;
}

/** An event with its place in the order of all commits. */
export interface PositionedEvent {
  /** grows with every committed event */
  readonly position: number;
  readonly stream: string;
  readonly recorded: Recorded<StoreEvent>;
}

export interface EventStore {
  /**
   * Commits durably (group commit: transactions of the same moment share one fsync). When it resolves, whoever reads projections sees it.
   * Transactions commit in the order of the calls. Rejects with `conflict` (a stream has moved; nothing is written) or
   * `store-failed` (disk full, I/O: nothing is acknowledged and the store turns read-only until a probe write succeeds).
   */
  commit(transaction: Transaction): Promise<void>;
  /** Events after `after` (0 = all), in order, upcast to the newest version. Committed ones only. */
  read(stream: string, after?: number): readonly Recorded<StoreEvent>[];
  /** The first event of a stream, if there is one: how a run began, without reading all of it. Committed ones only. */
  first(stream: string): Recorded<StoreEvent> | undefined;
  /** Committed events of all streams after a position (0 = all), in their order, at most `limit`: for whoever follows the whole log. */
  scan(after: number, limit: number): readonly PositionedEvent[];
  /** of the last committed event; 0 = there is none */
  position(): number;
  /** Sequence number of a stream's last committed event; 0 = no such stream. */
  last(stream: string): number;
  /** The recorded request with this key, if any. Committed ones only. */
  request(key: string): RequestRecord | undefined;
}

/** What is known of a blob from the result that it is part of. */
export interface ExpectedBlob {
  /** null = not known */
  readonly bytes: number | null;
  /** RFC 3339: it was in the store by then */
  readonly at: string;
}

/** `sound` = small and verified, or of its size and not written to since; `doubtful` = only reading all of it tells. */
export type BlobCondition = 'sound' | 'doubtful' | 'missing';

/** Content-addressed bytes. A digest that is there is intact: reads verify and quarantine what is not. */
export interface BlobStore {
  has(digest: Digest): boolean;
  /** bytes; `undefined` = not there */
  size(digest: Digest): number | undefined;
  /** How far it can be relied on, without reading big ones. */
  check(digest: Digest, expected: ExpectedBlob): BlobCondition;
  /** Reads all of it. False = not there, or damaged and set aside now. */
  verify(digest: Digest): Promise<boolean>;
  /** It was found damaged; it may have been stored anew since. */
  isSetAside(digest: Digest): boolean;
  /** `undefined` = not there, or damaged (then quarantined, so that it is not there any more). */
  read(digest: Digest): Promise<Uint8Array | undefined>;
  /** Bytes of any size, durable when resolved. */
  put(bytes: Uint8Array): Promise<Digest>;
  /**
   * Takes over a file (it is moved), durable when resolved. Verifies: rejects with `invalid-request` when its bytes have another
   * digest, and stores nothing.
   */
  adopt(path: string, digest: Digest): Promise<void>;
  /** A read-only file with these bytes, for tasks. Rejects with `unknown-blob`. The path stays valid while the store is open. */
  toPath(digest: Digest): Promise<string>;
  /** Somebody is about to refer to it. Every other method says so as well: see `BlobSweep.remove`. */
  touch(digest: Digest): void;
}

export interface StoredBlob {
  readonly digest: Digest;
  readonly bytes: number;
}

/** What garbage collection needs of the blobs. Nothing of it counts as a use. */
export interface BlobSweep {
  /** All that is there, in no order. */
  list(): Iterable<StoredBlob>;
  /** Digests that are named in it, if it is JSON: manifests, folders and definitions are. Not verified; none if it is not there. */
  references(digest: Digest): Promise<readonly Digest[]>;
  /** Somebody has touched it of late (a minute at least), so that a reference to it may be on its way. */
  isTouched(digest: Digest): boolean;
  /**
   * Removes those that nobody has touched of late. Decided before it returns: from then on they are not there for anybody, and what is stored
   * meanwhile is stored anew. Resolves, with those that went, when it is durable.
   */
  remove(digests: readonly Digest[]): Promise<readonly StoredBlob[]>;
}

/** A published result with the task that it was published for. Derived from `task.started` and `task.succeeded`. */
export interface CacheEntry extends CachedResult {
  readonly step: string;
}

export interface TagRecord {
  readonly module: string;
  readonly tag: string;
  readonly artifact: Digest;
  /** that it was pushed with, by name; absent = none */
  readonly libraries?: { readonly [name: string]: Digest };
  /** a blob: the Release that it names; absent = it was pushed before there were any */
  readonly release?: Digest;
  /** of the tag's stream, for compare-and-set */
  readonly generation: number;
  readonly at: string;
  readonly by: string;
}

export interface PublishedWorkflow {
  readonly workflow: string;
  readonly workspace: string;
  readonly definition: Digest;
  readonly tree: Digest;
  readonly at: string;
  readonly by: string;
}

export interface RunQuery {
  /** run id: only older ones */
  readonly after?: string;
  readonly limit: number;
  readonly workflow?: string;
  /** runs nested in this one; absent = those that are nested in none */
  readonly parent?: string;
}

/** Days are `2026-11-21` in UTC, both included; `null` = no bound. A run is of the day on which it began. */
export interface LedgerQuery {
  readonly by: 'run' | 'workflow' | 'namespace' | 'day';
  readonly since: string | null;
  readonly until: string | null;
  readonly limit: number;
}

/** Of runs that asked for their steps, nested ones counted to the one around them. */
export interface LedgerCount {
  readonly name: string;
  readonly runs: number;
  /** runs with a reused step */
  readonly reusing: number;
  readonly executed: number;
  readonly reused: number;
  readonly spentSeconds: number;
  readonly savedSeconds: number;
}

export interface LedgerAnswer {
  readonly total: LedgerCount;
  /** that ran, and those of them with a run that reused a step */
  readonly workflows: number;
  readonly reusingWorkflows: number;
  /** runs and days newest first, the others most saved first */
  readonly rows: readonly LedgerCount[];
}

/** Answers derived from the events; never written to by anything else. All reads are synchronous and see every resolved commit. */
export interface Projections {
  runs(query: RunQuery): readonly RunSummary[];
  /** ids of runs that have not finished, oldest first */
  openRuns(): readonly string[];
  /** By its own key, or by one under which its trace was verified (`task.reused`); the newest of its own ones first. */
  entry(key: Digest): CacheEntry | undefined;
  /** Somebody will ask for the entries of all of these: they may be read together. */
  expect(keys: readonly Digest[]): void;
  /** newest first: entries with this candidate key and a trace */
  candidates(candidate: Digest, limit: number): readonly CacheEntry[];
  /** why the last result with this candidate key was not kept (its task could not be traced); `undefined` = the last one was kept, or there is none */
  refused(candidate: Digest): string | undefined;
  /** newest first: entries of one module (or dataset), preferring the given step */
  recentEntries(module: string, step: string, limit: number): readonly CacheEntry[];
  /** mean measured seconds of a module's last executions; `undefined` = none yet */
  expectedSeconds(module: string): number | undefined;
  tags(module: string): readonly TagRecord[];
  /** of all modules, by module and tag */
  allTags(): readonly TagRecord[];
  /** `commit` = the last clean one that it was recorded with; `null` = there is none */
  artifact(digest: Digest): { readonly module: string; readonly at: string; readonly commit: string | null } | undefined;
  /** newest `workflow.published` of each pushed workflow, by name */
  workflows(): readonly PublishedWorkflow[];
  workflow(name: string): PublishedWorkflow | undefined;
  /** arrived versions of a dataset, newest first */
  datasetVersions(dataset: string, limit: number): readonly DatasetVersion[];
  /** tree last pushed from a workspace */
  pushedTree(workspace: string): Digest | undefined;
  /** trees last pushed, of all workspaces */
  pushedTrees(): readonly Digest[];
  /** artifacts that tags name or have named of late (they can be rolled back), with their releases and the libraries that they are used with */
  taggedArtifacts(): readonly Digest[];
  /** newest version of every dataset */
  newestVersions(): readonly Digest[];
  /** Every entry, newest first. */
  allEntries(): Iterable<CacheEntry>;
  entryById(id: string): CacheEntry | undefined;
  /** What audits have shown of a module, and its owner has not taken back; newest first. */
  demotions(module: string): readonly Demotion[];
  /** modules with demotions, by name */
  demoted(): readonly string[];
  pinnedRuns(): readonly string[];
  /** Takes as long for a year of runs as there are days and workflows, not runs. */
  ledger(query: LedgerQuery): LedgerAnswer;
}

/** Log lines of task attempts: append-only, never part of a transaction, kept with the run. */
export interface LogStore {
  /** Raw bytes of one stream of one attempt, in order. Splits lines itself; a line longer than 64 KiB is cut into chunks. */
  append(run: string, task: TaskId, attempt: number, stream: 'out' | 'err', chunk: Uint8Array): void;
  /** Ends an attempt's streams: an unfinished last line is written. Resolves when everything is on its way to disk. */
  end(run: string, task: TaskId, attempt: number): Promise<void>;
  /** Lines after a cursor (from an earlier answer), across all tasks of the run, in order of arrival. */
  read(run: string, query: { readonly step?: string; readonly after?: string; readonly limit: number }): Promise<LogPage>;
  /** Resolves at the next append to this run, or when the signal aborts. */
  changed(run: string, signal: AbortSignal): Promise<void>;
}

export interface StoredLogLine {
  readonly task: TaskId;
  readonly attempt: number;
  readonly stream: 'out' | 'err';
  /** dense within the run, from 1 */
  readonly seq: number;
  readonly text: string;
}
export interface LogPage {
  readonly lines: readonly StoredLogLine[];
  readonly after: string;
}

export interface Store {
  readonly events: EventStore;
  readonly blobs: BlobStore;
  readonly sweep: BlobSweep;
  readonly projections: Projections;
  readonly logs: LogStore;
  /** p50 seconds of the last commits' fsync, for benchmarks and doctor; 0 = none yet */
  commitSeconds(): number;
  close(): Promise<void>;
}
