import type { Digest } from '../../language/model/names.ts';
import type { GarbageWorld } from '../../rde-agent/executor/garbage.ts';
import type { RunSummary } from '../../rde-agent/protocol/documents.ts';
import type { Recorded, RunEvent } from '../../rde-agent/protocol/runEvents.ts';
import type { CacheEntry, PositionedEvent, StoredBlob, StoreEvent } from '../../rde-agent/store/store.ts';

/** Numbers that look like chance and come again with the same seed. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface ModelRun {
  readonly id: string;
  readonly events: RunEvent[];
  /** events that are on disk */
  durable: number;
  isOpen: boolean;
}

/** One step of somebody's work; `undefined` = done. */
export type Step = () => Step | undefined;

/**
 * A store, its runs and those that use them, small enough for very many interleavings. Whoever uses content does as the agent does: it asks for it or
 * writes it (which counts as a use for as long as it is at work), and then records what refers to it, which becomes durable some time later.
 */
export class GarbageModel implements GarbageWorld {
  readonly random: () => number;
  readonly blobs = new Map<Digest, readonly Digest[]>();
  readonly entriesById = new Map<string, CacheEntry>();
  readonly runsById = new Map<string, ModelRun>();
  readonly tags = new Map<string, Digest>();
  readonly log: PositionedEvent[] = [];
  readonly hidden = new Set<string>();
  readonly touched = new Map<Digest, number>();
  /** content may have gone, or be needed, since `missing` was asked last */
  isChanged = true;
  readonly #gates: (() => void)[] = [];
  #ids = 0;

  constructor(seed: number) {
    this.random = createRandom(seed);
  }

  // ------------------------------------------------------------ the world of a collection

  readonly sweep = {
    list: (): Iterable<StoredBlob> => Array.from(this.blobs.keys(), (digest) => ({ digest, bytes: 1 })),
    references: async (digest: Digest): Promise<readonly Digest[]> => {
      await this.pause();
      return this.blobs.get(digest) ?? [];
    },
    isTouched: (digest: Digest): boolean => this.touched.has(digest),
    remove: async (digests: readonly Digest[]): Promise<readonly StoredBlob[]> => {
      const gone = digests.filter((digest) => this.blobs.has(digest) && !this.touched.has(digest));
      for (const digest of gone) this.blobs.delete(digest);
      this.isChanged = true;
      await this.pause();
      return gone.map((digest) => ({ digest, bytes: 1 }));
    },
  };
  roots(): readonly Digest[] {
    return [...this.tags.values()];
  }
  runs(): Iterable<RunSummary> {
    return [...this.runsById.values()].reverse().map(({ id, isOpen }) => ({
      run: id,
      workflow: 'w',
      state: isOpen ? 'running' : 'succeeded',
      started: '2026-01-01T00:00:00.000Z',
      seconds: 0,
      by: 'x',
    }));
  }
  pinned(): readonly string[] {
    return [];
  }
  events(run: string): readonly Recorded<RunEvent>[] {
    return this.runsById.get(run)?.events.map((event, index) => toRecorded(event, index)) ?? [];
  }
  openRuns(): readonly string[] {
    return [...this.runsById.values()].filter(({ isOpen }) => isOpen).map(({ id }) => id);
  }
  tail(after: number): readonly PositionedEvent[] {
    return this.log.slice(after);
  }
  position(): number {
    return this.log.length;
  }
  entries(): Iterable<CacheEntry> {
    return [...this.entriesById.values()].reverse();
  }
  hide(entries: readonly string[], isHidden: boolean): void {
    for (const entry of entries) {
      if (isHidden) this.hidden.add(entry);
      else this.hidden.delete(entry);
    }
  }
  async collected(entries: readonly string[]): Promise<void> {
    await this.pause();
    for (const entry of entries) this.entriesById.delete(entry);
  }
  removed(): void {
    // Nothing is remembered of content.
  }
  now(): number {
    return Date.parse('2026-06-01T00:00:00.000Z');
  }
  pause(): Promise<void> {
    return new Promise((resolve) => this.#gates.push(resolve));
  }

  // ------------------------------------------------------------ scheduling

  get isWaiting(): boolean {
    return this.#gates.length > 0;
  }
  /** Lets the collection go on by one step. */
  pass(): void {
    this.#gates.shift()?.();
  }
  pick<T>(items: readonly T[]): T | undefined {
    return items[Math.floor(this.random() * items.length)];
  }

  // ------------------------------------------------------------ those who use it

  newDigest(): Digest {
    this.#ids += 1;
    return `sha256:${this.#ids.toString(16).padStart(64, '0')}`;
  }

  /** A manifest with files, some of which were there before. */
  store(files: readonly Digest[]): Digest {
    const manifest = this.newDigest();
    for (const file of files) if (!this.blobs.has(file)) this.blobs.set(file, []);
    this.blobs.set(manifest, files);
    return manifest;
  }

  use(digests: readonly Digest[]): void {
    for (const digest of digests) this.touched.set(digest, (this.touched.get(digest) ?? 0) + 1);
  }
  letGo(digests: readonly Digest[]): void {
    for (const digest of digests) {
      const left = (this.touched.get(digest) ?? 1) - 1;
      if (left === 0) this.touched.delete(digest);
      else this.touched.set(digest, left);
    }
  }

  record(run: ModelRun, event: RunEvent): void {
    this.isChanged = true;
    run.events.push(event);
  }
  commit(run: ModelRun): void {
    for (const event of run.events.slice(run.durable)) this.append(`run:/${run.id}`, event);
    run.durable = run.events.length;
  }
  append(stream: string, event: StoreEvent): void {
    this.isChanged = true;
    this.log.push({ position: this.log.length + 1, stream, recorded: toRecorded(event, 0) });
  }
  open(): ModelRun {
    this.#ids += 1;
    const run: ModelRun = { id: `run-${String(this.#ids)}`, events: [], durable: 0, isOpen: true };
    this.runsById.set(run.id, run);
    return run;
  }
  publish(run: ModelRun, output: Digest): void {
    this.#ids += 1;
    const id = `entry-${String(this.#ids)}`;
    this.record(run, toSucceeded(id, output));
    this.commit(run);
    const entry = { id, outputs: { out: { digest: output } }, producer: { run: run.id, task: 't' } };
    this.entriesById.set(id, entry as unknown as CacheEntry);
  }

  /** Content that is needed and not there. */
  missing(): readonly Digest[] {
    this.isChanged = false;
    const needed = [...this.tags.values()];
    for (const { id, outputs } of this.entriesById.values())
      if (!this.hidden.has(id)) needed.push(...Object.values(outputs).map(({ digest }) => digest));
    for (const run of this.runsById.values()) if (run.isOpen) needed.push(...run.events.flatMap(toNamed));
    const seen = new Set<Digest>();
    for (const digest of needed) {
      if (seen.has(digest)) continue;
      seen.add(digest);
      needed.push(...(this.blobs.get(digest) ?? []));
    }
    return [...seen].filter((digest) => !this.blobs.has(digest));
  }
}

const NAMED = new WeakMap<RunEvent, readonly Digest[]>();

function toNamed(event: RunEvent): readonly Digest[] {
  let named = NAMED.get(event);
  if (named === undefined) NAMED.set(event, (named = findNamed(event)));
  return named;
}

function findNamed(event: RunEvent): readonly Digest[] {
  return (JSON.stringify(event).match(/sha256:[0-9a-f]{64}/g) ?? []) as Digest[];
}

function toRecorded<E>(event: E, index: number): Recorded<E> {
  return { seq: index + 1, at: '2026-01-01T00:00:00.000Z', by: 'x', scope: { tenant: 'local', domain: 'experiment' }, event };
}

function toSucceeded(entry: string, digest: Digest): RunEvent {
  const out = { type: 'directory', digest, logical: digest, exact: true, bytes: 1, format: 'manifest' } as const;
  return { type: 'task.succeeded', task: 't', attempt: 1, fence: 1, outputs: { out }, metrics: {}, lineage: [], seconds: 1, entry };
}

/** What a run records of a task that it reuses. */
export function toReusedEvent({ id, outputs, producer }: CacheEntry): RunEvent {
  const reasons = [{ kind: 'hit', message: 'x' }] as const;
  return {
    type: 'task.reused',
    task: 't',
    key: null,
    parts: null,
    entry: id,
    producer,
    outputs,
    metrics: {},
    lineage: [],
    reasons,
    saved: 0,
  };
}
