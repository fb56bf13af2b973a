import type { Clock } from '../protocol/clock.ts';
import { toRunStream, type Recorded, type RunEvent } from '../protocol/runEvents.ts';
import { NO_RUN, reduceRunEvents, type RunView } from '../protocol/runView.ts';
import type { Scope } from '../protocol/who.ts';
import type { Append, RequestRecord, SmallBlob, Store } from '../store/store.ts';
import type { BesideStreams } from './besideStreams.ts';
import { BlobArena } from './blobArena.ts';
import type { BlobCache } from './blobCache.ts';
import type { Faults } from '../protocol/faults.ts';
import type { RunHub } from './hub.ts';
import type { BesideEvent } from './sourceHook.ts';

/** seconds that an event which nobody waits for (progress, metrics) may wait for company on its way to disk */
const SOON = 0.02;

export interface RunStreamOptions {
  readonly store: Store;
  readonly beside: BesideStreams;
  readonly blobs: BlobCache;
  readonly clock: Clock;
  readonly hub: RunHub;
  readonly faults: Faults | undefined;
  readonly run: string;
  readonly scope: Scope;
  /** what an earlier agent made durable */
  readonly past: readonly Recorded<RunEvent>[];
  /** A commit has failed: nothing after `durable` counts. Called once. */
  readonly onFailed: (error: unknown) => void;
}

/** What was recorded since the last transaction. */
interface Batch {
  readonly recorded: readonly Recorded<RunEvent>[];
  readonly blobs: readonly SmallBlob[];
}

/** A batch of one run that goes to disk in a transaction of another. */
export interface LentBatch {
  readonly appends: readonly Append[];
  readonly blobs: readonly SmallBlob[];
  readonly before: () => void;
  readonly committed: () => void;
  readonly refused: (error: unknown) => void;
}

/**
 * The stream of one open run: numbers events, tells about them at once, and sends them to the store in batches without waiting for
 * earlier batches (the store commits in the order of the calls).
 */
export class RunStream {
  readonly #options: RunStreamOptions;
  readonly #stream: string;
  readonly #recorded: Recorded<RunEvent>[];
  #sent: number;
  #durable: number;
  #blobs: SmallBlob[] = [];
  readonly #arena = new BlobArena();
  #beside: BesideEvent[] = [];
  #carried: LentBatch[] = [];
  #request: RequestRecord | undefined;
  #soon: NodeJS.Timeout | undefined;
  #last: Promise<void> = Promise.resolve();
  readonly #underWay = new Set<Promise<void>>();
  #failed = false;
  #view: RunView = NO_RUN;
  #viewed = 0;

  constructor(options: RunStreamOptions) {
    this.#options = options;
    this.#stream = toRunStream(options.run);
    this.#recorded = [...options.past];
    this.#sent = this.#durable = this.#recorded.length;
  }

  get seq(): number {
    return this.#recorded.length;
  }
  /** number of the last event that is on disk */
  get durable(): number {
    return this.#durable;
  }

  /** time of an event; `''` = no such event */
  at(seq: number): string {
    return this.#recorded[seq - 1]?.at ?? '';
  }

  after(seq: number): readonly Recorded<RunEvent>[] {
    return this.#recorded.slice(seq);
  }

  /** The state after the last recorded event. Computed when asked for, from where the last question left off. */
  view(): RunView {
    this.#view = reduceRunEvents(this.#view, this.#recorded.slice(this.#viewed));
    this.#viewed = this.#recorded.length;
    return this.#view;
  }

  /** The record of the request whose events were just recorded: it goes to disk in one transaction with them. */
  answer(request: RequestRecord): void {
    this.#request = request;
  }

  /** Records events that belong together; `blobs` and the events of other streams (`beside`) become durable with them. */
  record(
    by: string,
    events: readonly RunEvent[],
    blobs: readonly SmallBlob[] = [],
    beside: readonly BesideEvent[] = [],
  ): readonly Recorded<RunEvent>[] {
    const { clock, hub, run, scope } = this.#options;
    const at = clock.now();
    const recorded = events.map((event, index): Recorded<RunEvent> => ({ seq: this.#recorded.length + index + 1, at, by, scope, event }));
    this.#recorded.push(...recorded);
    for (const given of blobs) {
      const blob = this.#arena.own(given);
      this.#options.blobs.hold(blob.digest, blob.bytes);
      this.#blobs.push(blob);
    }
    this.#beside.push(...beside);
    hub.recorded(run, recorded);
    return recorded;
  }

  /** Sends what is pending. Resolves when everything recorded so far is durable; rejects when it cannot be. */
  flush(): Promise<void> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    const isEmpty = this.#sent === this.#recorded.length && this.#request === undefined && this.#carried.length === 0;
    if (this.#failed || isEmpty) return this.#last;
    const carried = this.#carried.splice(0);
    const beside = this.#beside.splice(0);
    const request = this.#request;
    this.#request = undefined;
    const batch = this.#take();
    this.#pass('before-commit', batch.recorded);
    for (const lent of carried) lent.before();
    return this.#follow(this.#commit(batch, carried, beside, request));
  }

  /** Gives what is pending to the stream that is to `carry` it; it is durable when that one's next transaction is. */
  lend(): LentBatch {
    const batch = this.#take();
    const commit = Promise.withResolvers<undefined>();
    void this.#follow(
      commit.promise.then(
        () => this.#committed(batch),
        (error: unknown) => this.#refused(batch, error),
      ),
    );
    return {
      appends: this.#toAppends(batch.recorded),
      blobs: batch.blobs,
      before: () => this.#pass('before-commit', batch.recorded),
      committed: () => commit.resolve(undefined),
      refused: (error) => commit.reject(error),
    };
  }

  /** The next transaction takes this with it. To be flushed in the same turn: the lender may commit after that. */
  carry(lent: LentBatch): void {
    this.#carried.push(lent);
  }

  /** Resolves when every batch that was sent has been answered, well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  flushSoon(): void {
    this.#soon ??= setTimeout(() => void this.flush(), SOON * 1000);
  }

  #take(): Batch {
    const batch = { recorded: this.#recorded.slice(this.#sent), blobs: this.#blobs };
    this.#blobs = [];
    this.#sent = this.#recorded.length;
    return batch;
  }

  async #commit(
    batch: Batch,
    carried: readonly LentBatch[],
    events: readonly BesideEvent[],
    request: RequestRecord | undefined,
  ): Promise<void> {
    const { store, beside, clock, scope } = this.#options;
    const { appends, settled } = beside.toAppends(events, batch.recorded.at(-1)?.by ?? '', scope, clock.now());
    try {
      await store.events.commit({
        appends: [...this.#toAppends(batch.recorded), ...carried.flatMap((lent) => lent.appends), ...appends],
        blobs: [...batch.blobs, ...carried.flatMap((lent) => lent.blobs)],
        ...(request === undefined ? {} : { request }),
      });
    } catch (error) {
      for (const lent of carried) lent.refused(error);
      this.#refused(batch, error);
    } finally {
      settled();
    }
    for (const lent of carried) lent.committed();
    this.#committed(batch);
  }

  /** Whoever waits sees a rejection; for the others `onFailed` is the answer. */
  #follow(commit: Promise<void>): Promise<void> {
    this.#last = commit;
    this.#underWay.add(commit);
    const forget = (): void => void this.#underWay.delete(commit);
    commit.then(forget, forget);
    return commit;
  }

  #committed({ recorded, blobs }: Batch): void {
    for (const blob of blobs) this.#options.blobs.release(blob.digest);
    this.#durable = Math.max(this.#durable, recorded.at(-1)?.seq ?? 0);
    this.#pass('after-commit', recorded);
    this.#options.hub.committed(this.#options.run, this.#durable);
  }

  #refused({ blobs }: Batch, error: unknown): never {
    for (const blob of blobs) this.#options.blobs.release(blob.digest);
    if (!this.#failed) {
      this.#failed = true;
      this.#options.onFailed(error);
    }
    throw error;
  }

  #pass(place: 'before-commit' | 'after-commit', batch: readonly Recorded<RunEvent>[]): void {
    const { faults } = this.#options;
    if (faults !== undefined) for (const { event } of batch) faults.hit(`${place}:${event.type}`);
  }

  /** An append has one author and one time: neighbours that share both go together. */
  #toAppends(batch: readonly Recorded<RunEvent>[]): readonly Append[] {
    const appends: (Append & { readonly events: RunEvent[] })[] = [];
    for (const { seq, by, at, scope, event } of batch) {
      const last = appends.at(-1);
      if (last?.by === by && last.at === at) last.events.push(event);
      else appends.push({ stream: this.#stream, expected: seq - 1, by, scope, at, events: [event] });
    }
    return appends;
  }
}
