import type { CatalogEvent } from '../../protocol/catalogEvents.ts';
import type { DatasetVersion } from '../../protocol/documents.ts';
import { toStepId, type Recorded, type RunEvent } from '../../protocol/runEvents.ts';
import type { CacheEntry, PositionedEvent, StoreEvent } from '../store.ts';
import { CacheProjector } from './cacheProjector.ts';
import { inTransaction, type Database } from './database.ts';
import { LedgerProjector } from './ledgerProjector.ts';

type CatalogOf<T extends CatalogEvent['type']> = Extract<CatalogEvent, { type: T }>;
type Of<T extends StoreEvent['type']> = Extract<StoreEvent, { type: T }>;

/** places of a tag that are kept, the present one included */
const KEPT_MOVES = 20;
const KEPT_ALPHAS = 1;
/** runs whose steps are kept in memory */
const REMEMBERED = 32;

/** Writes the projections, one event after another. What it writes depends on nothing but the events. */
export class Projector {
  readonly #database: Database;
  readonly #statements;
  readonly #onEntry: (key: string | null) => void;
  readonly #cache: CacheProjector;
  readonly #ledger: LedgerProjector;
  /** step → module, of the runs that events came from last */
  readonly #steps = new Map<string, { readonly [step: string]: string }>();

  /** `onEntry` is told of every key whose answer changes; `null` = of any */
  constructor(database: Database, onEntry: (key: string | null) => void) {
    this.#onEntry = onEntry;
    this.#database = database;
    this.#statements = prepare(database);
    this.#cache = new CacheProjector(database);
    this.#ledger = new LedgerProjector(database);
  }

  position(): number {
    return Number(this.#database.prepare('SELECT position FROM progress').get()?.['position'] ?? 0);
  }

  apply(events: readonly PositionedEvent[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    inTransaction(this.#database, () => {
      this.#ledger.begin();
      for (const event of events) this.#one(event);
      this.#ledger.end();
      this.#statements.progress.run(last.position);
    });
  }

  #one({ position, stream, recorded }: PositionedEvent): void {
    const { event } = recorded;
    if (stream.startsWith('run:/')) this.#run(position, stream.slice('run:/'.length), recorded as Recorded<RunEvent>);
    else this.#catalog(position, stream, event as CatalogEvent, recorded);
  }

  #run(position: number, run: string, recorded: Recorded<RunEvent>): void {
    const { event } = recorded;
    this.#ledger.note(run, recorded);
    const { submitted, running, finished, keyed, unkeyed } = this.#statements;
    switch (event.type) {
      case 'run.submitted': {
        const steps = Object.fromEntries(event.definition.steps.map((step) => [step.id, step.name]));
        const { origin, definition } = event;
        const parent = origin?.kind === 'nested' ? origin.run : null;
        const from = parent === null ? toJsonOrNull(origin) : null;
        submitted.run(run, definition.workflow, 'queued', recorded.at, recorded.by, JSON.stringify(steps), parent, from);
        return;
      }
      case 'run.finished':
        finished.run(event.state, this.#secondsSinceStart(run, recorded.at), run);
        unkeyed.run(run);
        return;
      case 'task.reused':
        running.run(run);
        if (event.trace !== undefined && event.key !== null) this.#addAlias(event.key, event.entry);
        return;
      case 'task.started':
        running.run(run);
        if (event.key !== null && event.parts !== null)
          keyed.run(run, event.task, event.key, event.candidate ?? null, JSON.stringify(event.parts));
        return;
      case 'tasks.ran':
        running.run(run);
        this.#ran(position, run, event);
        return;
      case 'task.succeeded':
        this.#succeeded(position, run, event, recorded.at);
        return;
      default:
        return;
    }
  }

  /** Never negative, though the wall clock may have been set back. */
  #secondsSinceStart(run: string, at: string): number {
    const started = String(this.#statements.run.get(run)?.['started'] ?? at);
    return Math.max(0, (Date.parse(at) - Date.parse(started)) / 1000);
  }

  #succeeded(position: number, run: string, event: Of<'task.succeeded'>, at: string): void {
    const module = this.#moduleOf(run, toStepId(event.task));
    this.#statements.executed.run(position, module, event.seconds);
    const keyed = this.#statements.selectKeyed.get(run, event.task);
    if (keyed === undefined) return;
    this.#noteRefusal(keyed['candidate'], event.untraced);
    if (event.entry === null) return;
    const entry: CacheEntry = {
      id: event.entry,
      key: String(keyed['key']) as CacheEntry['key'],
      ...(keyed['candidate'] === null ? {} : { candidate: String(keyed['candidate']) as CacheEntry['key'] }),
      ...(event.trace === undefined ? {} : { trace: event.trace }),
      ...(event.outside === undefined ? {} : { outside: event.outside }),
      parts: JSON.parse(String(keyed['parts'])) as CacheEntry['parts'],
      step: event.task,
      producer: { run, task: event.task },
      outputs: event.outputs,
      metrics: event.metrics,
      lineage: event.lineage,
      seconds: event.seconds,
      at,
    };
    const found = this.#cache.admit(module, entry);
    if (found === 'never') return;
    const candidate = event.trace === undefined || found === 'key' ? null : (entry.candidate ?? null);
    this.#onEntry(entry.key);
    this.#statements.entry.run(position, entry.id, entry.key, candidate, module, event.task, JSON.stringify(entry));
  }

  #addAlias(key: string, entry: string): void {
    this.#statements.alias.run(key, entry);
    this.#onEntry(key);
  }

  #noteRefusal(candidate: unknown, because: string | undefined): void {
    if (typeof candidate !== 'string') return;
    if (because === undefined) this.#statements.unrefused.run(candidate);
    else this.#statements.refused.run(candidate, because);
  }

  /** A batch counts as one execution of its mean: what is expected of a module must not become ten thousand rows. */
  #ran(position: number, run: string, event: Of<'tasks.ran'>): void {
    if (event.ran.length === 0) return;
    const seconds = event.ran.reduce((sum, one) => sum + one.seconds, 0) / event.ran.length;
    this.#statements.executed.run(position, this.#moduleOf(run, event.step), seconds);
  }

  #moduleOf(run: string, step: string): string {
    return this.#stepsOf(run)[step] ?? '';
  }

  /** Read once for each run of late: a run of ten thousand steps must not be read for each of them. They never change. */
  #stepsOf(run: string): { readonly [step: string]: string } {
    const known = this.#steps.get(run);
    if (known !== undefined) return known;
    const text = this.#statements.run.get(run)?.['steps'];
    if (text === undefined) return {};
    const steps = JSON.parse(String(text)) as { readonly [step: string]: string };
    const [oldest = ''] = this.#steps.keys();
    if (this.#steps.size >= REMEMBERED) this.#steps.delete(oldest);
    this.#steps.set(run, steps);
    return steps;
  }

  /** A version that arrives again is the newest one again. */
  #arrived(position: number, event: CatalogOf<'dataset.arrived'>, at: string): void {
    const { version, digest, run, profile } = event;
    const record: DatasetVersion = { version, digest, at, run, profile };
    this.#statements.version.run(position, event.dataset, version, JSON.stringify(record));
  }

  /** What a tag named before is kept for a while: it may be wanted back. What only pushes move is not. */
  #moved(position: number, event: CatalogOf<'tag.moved'>, { seq, at, by }: Recorded<StoreEvent>): void {
    const { module, tag, to, release = null } = event;
    const libraries = toJsonOrNull(event.libraries);
    this.#statements.tag.run(module, tag, to, libraries, release, seq, at, by);
    this.#statements.move.run(position, module, tag, to, libraries, release);
    this.#statements.unmove.run(module, tag, module, tag, tag === 'latestAlpha' ? KEPT_ALPHAS : KEPT_MOVES);
  }

  #catalog(position: number, stream: string, event: CatalogEvent, recorded: Recorded<StoreEvent>): void {
    switch (event.type) {
      case 'artifact.published':
        this.#statements.artifact.run(event.artifact, event.module, recorded.at, event.dirty ? null : event.commit);
        return;
      case 'tag.moved':
        this.#moved(position, event, recorded);
        return;
      case 'workspace.pushed':
        this.#statements.pushed.run(stream.slice('workspace:/'.length), event.tree);
        return;
      case 'workflow.published':
        this.#statements.workflow.run(event.workflow, event.workspace, event.definition, event.tree, recorded.at, recorded.by);
        return;
      case 'dataset.arrived':
        this.#arrived(position, event, recorded.at);
        return;
      case 'entries.collected':
      case 'entry.quarantined':
      case 'module.demoted':
      case 'module.restored':
      case 'run.pinned':
        this.#onEntry(null);
        return this.#cache.apply(position, event);
      default:
        // Nobody asks a projection for the others: schedules, deliveries and receipts are read from their own streams.
        return;
    }
  }
}

function toJsonOrNull(value: object | undefined): string | null {
  return value === undefined ? null : JSON.stringify(value);
}

function prepare(database: Database) {
  return {
    progress: database.prepare('UPDATE progress SET position = ?'),
    submitted: database.prepare(
      'INSERT INTO runs (run, workflow, state, started, seconds, by, steps, parent, origin) VALUES (?, ?, ?, ?, 0, ?, ?, ?, ?)',
    ),
    running: database.prepare("UPDATE runs SET state = 'running' WHERE run = ? AND state = 'queued'"),
    finished: database.prepare('UPDATE runs SET state = ?, seconds = ? WHERE run = ?'),
    run: database.prepare('SELECT started, steps FROM runs WHERE run = ?'),
    keyed: database.prepare('INSERT OR REPLACE INTO keyed (run, task, key, candidate, parts) VALUES (?, ?, ?, ?, ?)'),
    selectKeyed: database.prepare('SELECT key, candidate, parts FROM keyed WHERE run = ? AND task = ?'),
    unkeyed: database.prepare('DELETE FROM keyed WHERE run = ?'),
    entry: database.prepare('INSERT INTO entries (position, id, key, candidate, module, step, record) VALUES (?, ?, ?, ?, ?, ?, ?)'),
    alias: database.prepare('INSERT OR REPLACE INTO aliases (key, entry) VALUES (?, ?)'),
    refused: database.prepare('INSERT OR REPLACE INTO refusals (candidate, because) VALUES (?, ?)'),
    unrefused: database.prepare('DELETE FROM refusals WHERE candidate = ?'),
    executed: database.prepare('INSERT INTO executions (position, module, seconds) VALUES (?, ?, ?)'),
    tag: database.prepare(
      'INSERT OR REPLACE INTO tags (module, tag, artifact, libraries, release, generation, at, by) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    ),
    move: database.prepare('INSERT INTO moves (position, module, tag, artifact, libraries, release) VALUES (?, ?, ?, ?, ?, ?)'),
    unmove: database.prepare(
      'DELETE FROM moves WHERE module = ? AND tag = ? AND position <= (SELECT position FROM moves WHERE module = ? AND tag = ? ORDER BY position DESC LIMIT 1 OFFSET ?)',
    ),
    artifact: database.prepare(
      'INSERT INTO artifacts (digest, module, at, commit_id) VALUES (?, ?, ?, ?) ON CONFLICT (digest) DO UPDATE SET commit_id = coalesce(excluded.commit_id, commit_id)',
    ),
    workflow: database.prepare(
      'INSERT OR REPLACE INTO workflows (workflow, workspace, definition, tree, at, by) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    version: database.prepare('INSERT OR REPLACE INTO versions (position, dataset, version, record) VALUES (?, ?, ?, ?)'),
    pushed: database.prepare('INSERT OR REPLACE INTO pushed (workspace, tree) VALUES (?, ?)'),
  };
}
