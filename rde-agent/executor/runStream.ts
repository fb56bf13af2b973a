import type { Clock } from '../protocol/clock.ts';
import { toRunStream, type Recorded, type RunEvent } from '../protocol/runEvents.ts';
import { NO_RUN, reduceRunEvents, type RunView } from '../protocol/runView.ts';
import type { Scope } from '../protocol/who.ts';
import type { Append, RequestRecord, SmallBlob, Store } from '../store/store.ts';
import type { BlobCache } from './blobCache.ts';
import type { Faults } from './faults.ts';
import type { RunHub } from './hub.ts';

/** seconds that an event which nobody waits for (progress, metrics) may wait for company on its way to disk */
const SOON = 0.02;

export interface RunStreamOptions {
  readonly store: Store;
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

  /** Records events that belong together; `blobs` become durable with them. */
  record(by: string, events: readonly RunEvent[], blobs: readonly SmallBlob[] = []): readonly Recorded<RunEvent>[] {
    const { clock, hub, run, scope } = this.#options;
    const at = clock.now();
    const recorded = events.map((event, index): Recorded<RunEvent> => ({ seq: this.#recorded.length + index + 1, at, by, scope, event }));
    this.#recorded.push(...recorded);
    for (const blob of blobs) this.#options.blobs.hold(blob.digest, blob.bytes);
    this.#blobs.push(...blobs);
    hub.recorded(run, recorded);
    return recorded;
  }

  /** Sends what is pending. Resolves when everything recorded so far is durable; rejects when it cannot be. */
  flush(): Promise<void> {
    clearTimeout(this.#soon);
    this.#soon = undefined;
    const request = this.#request;
    const batch = this.#recorded.slice(this.#sent);
    if (this.#failed || (batch.length === 0 && request === undefined)) return this.#last;
    const blobs = this.#blobs;
    this.#blobs = [];
    this.#request = undefined;
    this.#sent = this.#recorded.length;
    this.#pass('before-commit', batch);
    const transaction = { appends: this.#toAppends(batch), blobs, ...(request === undefined ? {} : { request }) };
    this.#last = this.#options.store.events.commit(transaction).then(
      () => this.#committed(batch, blobs),
      (error: unknown) => this.#refused(blobs, error),
    );
    // Whoever waits sees the rejection; for the others `onFailed` is the answer.
    this.#follow(this.#last);
    return this.#last;
  }

  /** Resolves when every batch that was sent has been answered, well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#underWay);
  }

  flushSoon(): void {
    this.#soon ??= setTimeout(() => void this.flush(), SOON * 1000);
  }

  #follow(commit: Promise<void>): void {
    this.#underWay.add(commit);
    const forget = (): void => void this.#underWay.delete(commit);
    commit.then(forget, forget);
  }

  #committed(batch: readonly Recorded<RunEvent>[], blobs: readonly SmallBlob[]): void {
    for (const blob of blobs) this.#options.blobs.release(blob.digest);
    this.#durable = Math.max(this.#durable, batch.at(-1)?.seq ?? 0);
    this.#pass('after-commit', batch);
    this.#options.hub.committed(this.#options.run, this.#durable);
  }

  #refused(blobs: readonly SmallBlob[], error: unknown): never {
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
