import { rmSync } from 'node:fs';
import type { Digest } from '../../../language/model/names.ts';
import type { Demotion } from '../../protocol/catalogEvents.ts';
import type { DatasetVersion, RunSummary } from '../../protocol/documents.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { Faults } from '../../protocol/faults.ts';
import type {
  CacheEntry,
  LedgerAnswer,
  LedgerQuery,
  PositionedEvent,
  Projections,
  PublishedWorkflow,
  RunQuery,
  TagRecord,
} from '../store.ts';
import { EntryMemo } from './entryMemo.ts';
import { assertIntact, inTransaction, openDatabase, userVersion, type Database, type Row } from './database.ts';
import { toPositionedRow } from './eventRow.ts';
import { PROJECTION_TABLES, PROJECTION_VERSION } from './projectionSchema.ts';
import { Projector } from './projector.ts';
import { SqliteLedger } from './sqliteLedger.ts';

const CATCH_UP_BATCH = 5000;
const KEYS_AT_ONCE = 1000;
const KEPT_ENTRIES = 1000;
/** events that may wait to be applied, and milliseconds */
const MOST_WAITING = 1000;
const WAIT_MILLISECONDS = 10;
/** executions that an expectation is the mean of */
const RECENT_EXECUTIONS = 5;

/**
 * Opens `projections.db` at `path`, makes it anew when it is missing, damaged or of another version, and catches up with the events.
 * Throws `state-damaged` when it holds what the events do not: then these have lost something that was acknowledged.
 */
export function openProjections(path: string, events: Database, faults?: Faults): SqliteProjections {
  const database = openUsable(path);
  const projections = new SqliteProjections(database);
  const last = Number(events.prepare('SELECT max(position) AS last FROM events').get()?.['last'] ?? 0);
  if (projections.position() > last) {
    const missing = projections.position() - last;
    database.close();
    throw new CairnError('state-damaged', `events.db lacks the last ${missing} events that ${path} was made from`);
  }
  projections.catchUp(events, faults);
  return projections;
}

function openUsable(path: string): Database {
  try {
    const database = openDatabase(path, { synchronous: 'OFF' });
    assertIntact(database, path);
    if (userVersion(database) === PROJECTION_VERSION) return database;
    database.close();
  } catch {
    // Whatever is wrong with it, nothing is lost: everything in it comes from the events and is made again below.
  }
  for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
  const database = openDatabase(path, { synchronous: 'OFF' });
  inTransaction(database, () => {
    database.exec(PROJECTION_TABLES);
    database.exec(`PRAGMA user_version = ${PROJECTION_VERSION}`);
  });
  return database;
}

export class SqliteProjections implements Projections {
  readonly #database: Database;
  readonly #projector: Projector;
  readonly #statements;
  readonly #ledger: SqliteLedger;
  /** committed and not applied yet */
  #waiting: PositionedEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  /** somebody has asked since the last commit */
  #isRead = false;
  /** by position; an entry never changes */
  readonly #entries = new Map<number, CacheEntry>();
  readonly #byKey = new EntryMemo();

  constructor(database: Database) {
    this.#database = database;
    this.#projector = new Projector(database, (key) => (key === null ? this.#byKey.clear() : this.#byKey.drop(key)));
    this.#statements = prepare(database);
    this.#ledger = new SqliteLedger(database);
  }

  /** Whoever reads sees every commit. */
  get #select(): ReturnType<typeof prepare> {
    this.#settleForRead();
    return this.#statements;
  }

  #settleForRead(): void {
    this.#isRead = true;
    this.#settle();
  }

  /** of the last event that was applied */
  position(): number {
    this.#settle();
    return this.#projector.position();
  }

  /**
   * Takes over what was committed. Nobody waits for it to be applied who does not read: it is in a moment, and of many commits that nobody
   * reads between at once. What is lost of it when the process ends is made again from the events.
   */
  apply(events: readonly PositionedEvent[]): void {
    for (const event of events) this.#waiting.push(event);
    if (this.#waiting.length >= MOST_WAITING) return this.#settleLater();
    if (this.#isRead) this.#turn ??= setImmediate(() => this.#settleLater());
    else this.#timer ??= setTimeout(() => this.#settleLater(), WAIT_MILLISECONDS);
    this.#isRead = false;
  }

  #settle(): void {
    if (this.#waiting.length === 0) return;
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.#timer = this.#turn = undefined;
    this.#projector.apply(this.#waiting);
    this.#waiting = [];
  }

  #settleLater(): void {
    try {
      this.#settle();
    } catch {
      // It still waits: whoever reads next tries again, and is told what is wrong.
    }
  }

  catchUp(events: Database, faults?: Faults): void {
    const select = events.prepare(
      'SELECT position, stream, seq, type, version, at, by, tenant, domain, payload FROM events WHERE position > ? ORDER BY position LIMIT ?',
    );
    for (;;) {
      const rows = select.all(this.#projector.position(), CATCH_UP_BATCH);
      if (rows.length === 0) return;
      this.#projector.apply(rows.map(toPositionedRow));
      faults?.hit('in-rebuild');
    }
  }

  runs(query: RunQuery): readonly RunSummary[] {
    const { runs, runsOf } = this.#select;
    const after = query.after ?? '\uffff';
    const parent = query.parent ?? null;
    const rows =
      query.workflow === undefined ? runs.all(parent, after, query.limit) : runsOf.all(query.workflow, parent, after, query.limit);
    return rows.map(toSummary);
  }

  openRuns(): readonly string[] {
    return this.#select.open.all().map((row) => String(row['run']));
  }

  entry(key: Digest): CacheEntry | undefined {
    const { entry } = this.#select;
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    const row = entry.get(key) ?? this.#select.entryOfAlias.get(key);
    return row === undefined ? undefined : this.#byKey.put(key, String(row['record']));
  }

  expect(keys: readonly Digest[]): void {
    const { entriesOfKeys } = this.#select;
    const unknown = keys.filter((key) => this.#byKey.get(key) === undefined);
    for (let from = 0; from < unknown.length; from += KEYS_AT_ONCE) {
      const rows = entriesOfKeys.all(JSON.stringify(unknown.slice(from, from + KEYS_AT_ONCE)));
      for (const row of rows) this.#byKey.put(String(row['key']), String(row['record']));
    }
  }

  candidates(candidate: Digest, limit: number): readonly CacheEntry[] {
    return this.#select.candidates.all(candidate, limit).flatMap((row) => this.#entryAt(Number(row['position'])) ?? []);
  }

  refused(candidate: Digest): string | undefined {
    const because = this.#select.refused.get(candidate)?.['because'];
    return typeof because === 'string' ? because : undefined;
  }

  recentEntries(module: string, step: string, limit: number): readonly CacheEntry[] {
    const sameStep = this.#select.entriesOfStep.all(module, step, limit);
    const missing = limit - sameStep.length;
    const others = missing > 0 ? this.#select.entriesOfModule.all(module, step, missing) : [];
    return [...sameStep, ...others].flatMap((row) => this.#entryAt(Number(row['position'])) ?? []);
  }

  /** Reasons compare every miss with the newest entries of its step: those are kept read. */
  #entryAt(position: number): CacheEntry | undefined {
    const known = this.#entries.get(position);
    if (known !== undefined) return known;
    const row = this.#select.entryAt.get(position);
    if (row === undefined) return undefined;
    if (this.#entries.size >= KEPT_ENTRIES) this.#entries.clear();
    const entry = toEntry(row);
    this.#entries.set(position, entry);
    return entry;
  }

  expectedSeconds(module: string): number | undefined {
    const mean = this.#select.seconds.get(module, RECENT_EXECUTIONS)?.['mean'];
    return typeof mean === 'number' ? mean : undefined;
  }

  tags(module: string): readonly TagRecord[] {
    return this.#select.tags.all(module).map(toTagRecord);
  }

  allTags(): readonly TagRecord[] {
    return this.#select.allTags.all().map(toTagRecord);
  }

  artifact(digest: Digest): ReturnType<Projections['artifact']> {
    const row = this.#select.artifact.get(digest);
    if (row === undefined) return undefined;
    return { module: String(row['module']), at: String(row['at']), commit: row['commit_id'] === null ? null : String(row['commit_id']) };
  }

  workflows(): readonly PublishedWorkflow[] {
    return this.#select.workflows.all().map(toPublished);
  }

  workflow(name: string): PublishedWorkflow | undefined {
    const row = this.#select.workflow.get(name);
    return row === undefined ? undefined : toPublished(row);
  }

  datasetVersions(dataset: string, limit: number): readonly DatasetVersion[] {
    return this.#select.versions.all(dataset, limit).map((row) => JSON.parse(String(row['record'])) as DatasetVersion);
  }

  pushedTree(workspace: string): Digest | undefined {
    const row = this.#select.pushed.get(workspace);
    return row === undefined ? undefined : (String(row['tree']) as Digest);
  }

  pushedTrees(): readonly Digest[] {
    return this.#select.pushedTrees.all().map((row) => String(row['tree']) as Digest);
  }

  taggedArtifacts(): readonly Digest[] {
    return this.#select.tagged.all().flatMap((row): readonly Digest[] => {
      const libraries = row['libraries'] === null ? {} : (JSON.parse(String(row['libraries'])) as { readonly [name: string]: Digest });
      const release = row['release'] === null ? [] : [String(row['release']) as Digest];
      return [String(row['artifact']) as Digest, ...release, ...Object.values(libraries)];
    });
  }

  newestVersions(): readonly Digest[] {
    return this.#select.newest.all().map((row) => (JSON.parse(String(row['record'])) as DatasetVersion).digest as Digest);
  }

  *allEntries(): Iterable<CacheEntry> {
    let before = Number.MAX_SAFE_INTEGER;
    for (;;) {
      const rows = this.#select.entriesBefore.all(before, CATCH_UP_BATCH);
      for (const row of rows) yield toEntry(row);
      const last = rows.at(-1);
      if (last === undefined) return;
      before = Number(last['position']);
    }
  }

  entryById(id: string): CacheEntry | undefined {
    const row = this.#select.entryById.get(id);
    return row === undefined ? undefined : toEntry(row);
  }

  demotions(module: string): readonly Demotion[] {
    return this.#select.demotions.all(module).map((row) => JSON.parse(String(row['record'])) as Demotion);
  }

  demoted(): readonly string[] {
    return this.#select.demoted.all().map((row) => String(row['module']));
  }

  ledger(query: LedgerQuery): LedgerAnswer {
    this.#settleForRead();
    return this.#ledger.answer(query);
  }

  pinnedRuns(): readonly string[] {
    return this.#select.pins.all().map((row) => String(row['run']));
  }

  close(): void {
    this.#settleLater();
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    this.#database.close();
  }
}

function prepare(database: Database) {
  const pinned = 'EXISTS (SELECT 1 FROM pins WHERE pins.run = runs.run) AS pinned';
  const summary = `SELECT run, workflow, state, started, seconds, by, parent, origin, ${pinned} FROM runs`;
  return {
    runs: database.prepare(`${summary} WHERE parent IS ? AND run < ? ORDER BY run DESC LIMIT ?`),
    runsOf: database.prepare(`${summary} WHERE workflow = ? AND parent IS ? AND run < ? ORDER BY run DESC LIMIT ?`),
    open: database.prepare("SELECT run FROM runs WHERE state IN ('queued', 'running') ORDER BY run"),
    entry: database.prepare('SELECT record FROM entries WHERE key = ? ORDER BY position DESC LIMIT 1'),
    // A later entry of the same key comes after the earlier one, and takes its place.
    entriesOfKeys: database.prepare(
      'SELECT entries.key, record FROM json_each(?) AS wanted JOIN entries ON entries.key = wanted.value ORDER BY position',
    ),
    entryOfAlias: database.prepare(
      'SELECT record FROM entries JOIN aliases ON entries.id = aliases.entry WHERE aliases.key = ? AND candidate IS NOT NULL',
    ),
    refused: database.prepare('SELECT because FROM refusals WHERE candidate = ?'),
    candidates: database.prepare('SELECT position FROM entries WHERE candidate = ? ORDER BY position DESC LIMIT ?'),
    entryAt: database.prepare('SELECT record FROM entries WHERE position = ?'),
    entriesOfStep: database.prepare('SELECT position FROM entries WHERE module = ? AND step = ? ORDER BY position DESC LIMIT ?'),
    // By name: any other index would have all entries of the module sorted, at every miss.
    entriesOfModule: database.prepare(
      'SELECT position FROM entries INDEXED BY entries_of_module WHERE module = ? AND step <> ? ORDER BY position DESC LIMIT ?',
    ),
    seconds: database.prepare(
      'SELECT avg(seconds) AS mean FROM (SELECT seconds FROM executions WHERE module = ? ORDER BY position DESC LIMIT ?)',
    ),
    tags: database.prepare('SELECT * FROM tags WHERE module = ? ORDER BY tag'),
    allTags: database.prepare('SELECT * FROM tags ORDER BY module, tag'),
    artifact: database.prepare('SELECT module, at, commit_id FROM artifacts WHERE digest = ?'),
    workflows: database.prepare('SELECT * FROM workflows ORDER BY workflow'),
    workflow: database.prepare('SELECT * FROM workflows WHERE workflow = ?'),
    versions: database.prepare('SELECT record FROM versions WHERE dataset = ? ORDER BY position DESC LIMIT ?'),
    pushedTrees: database.prepare('SELECT tree FROM pushed ORDER BY workspace'),
    tagged: database.prepare('SELECT DISTINCT artifact, libraries, release FROM moves ORDER BY artifact'),
    newest: database.prepare('SELECT record FROM versions WHERE position IN (SELECT max(position) FROM versions GROUP BY dataset)'),
    entriesBefore: database.prepare('SELECT position, record FROM entries WHERE position < ? ORDER BY position DESC LIMIT ?'),
    entryById: database.prepare('SELECT record FROM entries WHERE id = ?'),
    demotions: database.prepare('SELECT record FROM demotions WHERE module = ? ORDER BY position DESC'),
    demoted: database.prepare('SELECT DISTINCT module FROM demotions ORDER BY module'),
    pins: database.prepare('SELECT run FROM pins ORDER BY run'),
    pushed: database.prepare('SELECT tree FROM pushed WHERE workspace = ?'),
  };
}

function toTagRecord(row: Row): TagRecord {
  return {
    module: String(row['module']),
    tag: String(row['tag']),
    artifact: String(row['artifact']) as Digest,
    ...(row['libraries'] === null ? {} : { libraries: JSON.parse(String(row['libraries'])) as NonNullable<TagRecord['libraries']> }),
    ...(row['release'] === null ? {} : { release: String(row['release']) as Digest }),
    generation: Number(row['generation']),
    at: String(row['at']),
    by: String(row['by']),
  };
}

function toSummary(row: Row): RunSummary {
  return {
    run: String(row['run']),
    workflow: String(row['workflow']),
    state: String(row['state']) as RunSummary['state'],
    started: String(row['started']),
    seconds: Number(row['seconds']),
    by: String(row['by']),
    ...(row['parent'] === null ? {} : { parent: String(row['parent']) }),
    ...(row['origin'] === null ? {} : { origin: JSON.parse(String(row['origin'])) as NonNullable<RunSummary['origin']> }),
    ...(row['pinned'] === 1 ? { pinned: true } : {}),
  };
}

function toPublished(row: Row): PublishedWorkflow {
  return {
    workflow: String(row['workflow']),
    workspace: String(row['workspace']),
    definition: String(row['definition']) as Digest,
    tree: String(row['tree']) as Digest,
    at: String(row['at']),
    by: String(row['by']),
  };
}

function toEntry(row: Row): CacheEntry {
  return JSON.parse(String(row['record'])) as CacheEntry;
}
