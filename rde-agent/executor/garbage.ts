import type { Digest } from '../../language/model/names.ts';
import type { RunSummary } from '../protocol/documents.ts';
import type { Recorded, RunEvent } from '../protocol/runEvents.ts';
import type { BlobSweep, CacheEntry, PositionedEvent } from '../store/store.ts';
import { GarbageMarks, listNamed } from './garbageMarks.ts';

/** What a collection sees and does. The questions are answered at once and of one moment; between two of them the world goes on. */
export interface GarbageWorld {
  readonly sweep: BlobSweep;
  /** tags, published workflows, pushed trees, newest versions of datasets */
  roots(): readonly Digest[];
  /** runs that are nested in none, newest first, open ones too */
  runs(): Iterable<RunSummary>;
  pinned(): readonly string[];
  /** Everything that a run has recorded, durable or not. */
  events(run: string): readonly Recorded<RunEvent>[];
  /** runs that have not ended, nested ones too */
  openRuns(): readonly string[];
  /** Committed events of all streams after a position. */
  tail(after: number): readonly PositionedEvent[];
  /** of the last committed event */
  position(): number;
  entries(): Iterable<CacheEntry>;
  /** From now on nobody finds these results, or (`false`) they are found again. */
  hide(entries: readonly string[], isHidden: boolean): void;
  /** Makes durable that they are gone. */
  collected(entries: readonly string[]): Promise<void>;
  /** This content is going, or was not there. */
  removed(digests: readonly Digest[]): void;
  /** Others have their turn. */
  pause(): Promise<void>;
  /** milliseconds since 1970 */
  now(): number;
}

export interface Retention {
  readonly days: number;
  readonly bytes: number | null;
}

/** `kept` counts what is left of entries and of all content, in bytes. */
export interface GarbageReport {
  readonly entries: number;
  readonly blobs: number;
  readonly bytes: number;
  readonly kept: { readonly entries: number; readonly blobs: number; readonly bytes: number };
}

const BATCH = 500;
const DAY = 24 * 3600 * 1000;

/**
 * One collection. It marks what is needed: roots, open and pinned runs, and of the others, newest first, those that retention keeps; a result is
 * kept with the runs that made or used it. Results go before their content: they are hidden, what was reused until that moment is kept, and the
 * end of the others is durable before anything is deleted. Before each deletion whatever was recorded meanwhile is marked as well, and the
 * deletion is decided in the same turn. So it can be cut short anywhere, and runs, pushes and reads go on beside it.
 */
export class Garbage {
  readonly #world: GarbageWorld;
  readonly #sizes: ReadonlyMap<Digest, number>;
  readonly #marks: GarbageMarks;
  /** results that a kept run has made or used */
  readonly #used = new Set<string>();
  readonly #keptRuns = new Set<string>();
  /** events of open runs that were looked at */
  readonly #seen = new Map<string, number>();
  readonly #batch: number;
  #position: number;

  /** `batch` = most that is deleted between two looks at what is new, and that one event names */
  constructor(world: GarbageWorld, batch = BATCH) {
    this.#world = world;
    this.#batch = batch;
    this.#position = world.position();
    this.#sizes = new Map(Array.from(world.sweep.list(), ({ digest, bytes }) => [digest, bytes]));
    this.#marks = new GarbageMarks(world.sweep, this.#sizes);
  }

  /** `isDry` = only tells what would go. */
  async collect(retention: Retention, isDry: boolean): Promise<GarbageReport> {
    await this.#marks.markAll(this.#world.roots());
    await this.#keepRuns(retention);
    const entries = await this.#collectEntries(isDry);
    const removed = isDry ? this.#listGarbage() : await this.#removeGarbage();
    const all = { blobs: this.#sizes.size, bytes: this.#marks.bytesOf(this.#sizes.keys()) };
    const bytes = this.#marks.bytesOf(removed);
    const kept = { entries: entries.kept, blobs: all.blobs - removed.length, bytes: all.bytes - bytes };
    return { entries: entries.collected, blobs: removed.length, bytes, kept };
  }

  async #keepRuns({ days, bytes }: Retention): Promise<void> {
    const world = this.#world;
    const since = world.now() - days * DAY;
    for (const run of [...world.openRuns(), ...world.pinned()]) await this.#keepRun(run);
    let left = bytes ?? Number.POSITIVE_INFINITY;
    for (const { run, started, seconds } of [...world.runs()]) {
      if (this.#keptRuns.has(run) || Date.parse(started) + seconds * 1000 < since) continue;
      left -= await this.#keepRun(run, left);
      if (left < 0) return;
    }
  }

  /** Bytes that are needed for it alone; if they are more than `limit`, it is not kept. */
  async #keepRun(run: string, limit = Number.POSITIVE_INFINITY): Promise<number> {
    await this.#world.pause();
    const family = this.#listFamily(run);
    const events = family.flatMap((each) => [...this.#world.events(each)]);
    const reached = await this.#marks.reach(new Set(events.flatMap(({ event }) => listNamed(event))));
    const bytes = this.#marks.bytesOf(reached);
    if (bytes > limit) return bytes;
    this.#marks.mark(reached);
    for (const each of family) this.#keptRuns.add(each);
    for (const { event } of events) this.#noteUse(event);
    return bytes;
  }

  /** The run, and all that are nested in it. */
  #listFamily(run: string): readonly string[] {
    const family = [run];
    for (const each of family) {
      for (const { event } of this.#world.events(each)) if (event.type === 'task.delegated') family.push(event.run);
    }
    return family;
  }

  #noteUse(event: RunEvent): void {
    if (event.type === 'task.reused' && event.entry !== '') this.#used.add(event.entry);
    if (event.type === 'task.succeeded' && event.entry !== null) this.#used.add(event.entry);
  }

  async #collectEntries(isDry: boolean): Promise<{ readonly collected: number; readonly kept: number }> {
    const old: string[] = [];
    let count = 0;
    for (const { id, producer } of this.#world.entries()) {
      count += 1;
      if (!this.#used.has(id) && !this.#keptRuns.has(producer.run)) old.push(id);
    }
    if (isDry || old.length === 0) return { collected: old.length, kept: count - old.length };
    this.#world.hide(old, true);
    // What was reused until this moment has been recorded by now.
    const fresh = this.#takeNew();
    for (const event of fresh) this.#noteUse(event as RunEvent);
    const [needed, gone] = [old.filter((id) => this.#used.has(id)), old.filter((id) => !this.#used.has(id))];
    this.#world.hide(needed, false);
    await this.#marks.markAll(new Set(fresh.flatMap(listNamed)));
    for (let at = 0; at < gone.length; at += this.#batch) await this.#world.collected(gone.slice(at, at + this.#batch));
    return { collected: gone.length, kept: count - gone.length };
  }

  #listGarbage(): readonly Digest[] {
    return [...this.#sizes.keys()].filter((digest) => !this.#marks.has(digest) && !this.#world.sweep.isTouched(digest));
  }

  async #removeGarbage(): Promise<readonly Digest[]> {
    const { sweep } = this.#world;
    const unmarked = [...this.#sizes.keys()].filter((digest) => !this.#marks.has(digest));
    const touched = unmarked.filter((digest) => sweep.isTouched(digest));
    // What somebody is about to refer to may name others.
    await this.#marks.markAll(touched);
    const removed: Digest[] = [];
    for (let at = 0; at < unmarked.length;) {
      const fresh = this.#takeNew();
      if (fresh.length > 0) {
        await this.#marks.markAll(new Set(fresh.flatMap(listNamed)));
        continue;
      }
      const batch = unmarked.slice(at, at + this.#batch).filter((digest) => !this.#marks.has(digest));
      at += this.#batch;
      const going = sweep.remove(batch);
      // At once: nobody may rely on what is remembered of them.
      this.#world.removed(batch);
      removed.push(...(await going).map(({ digest }) => digest));
    }
    return removed;
  }

  /** Everything recorded since the last call, whether it is durable yet or not. */
  #takeNew(): readonly object[] {
    const world = this.#world;
    const tail = world.tail(this.#position);
    this.#position = tail.at(-1)?.position ?? this.#position;
    const fresh: object[] = tail.map(({ recorded }) => recorded.event);
    for (const run of world.openRuns()) {
      const events = world.events(run);
      const seen = this.#seen.get(run) ?? 0;
      this.#seen.set(run, events.length);
      fresh.push(...events.slice(seen).map(({ event }) => event));
    }
    return fresh;
  }
}
