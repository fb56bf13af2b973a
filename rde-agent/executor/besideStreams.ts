import type { Scope } from '../protocol/who.ts';
import type { Append, EventStore } from '../store/store.ts';
import type { BesideEvent } from './sourceHook.ts';

/**
 * Streams that are written to beside those of runs (datasets, schedules, deliveries), by several runs at once: numbers their events across
 * transactions that are still on their way to disk.
 */
export class BesideStreams {
  readonly #events: EventStore;
  /** last number given away of streams with transactions under way */
  readonly #given = new Map<string, { last: number; open: number }>();

  constructor(events: EventStore) {
    this.#events = events;
  }

  /** Appends for a transaction that is committed in this same turn. `settled` is to be called when it has been answered, well or not. */
  toAppends(
    beside: readonly BesideEvent[],
    by: string,
    scope: Scope,
    at: string,
  ): { readonly appends: readonly Append[]; readonly settled: () => void } {
    const streams = Map.groupBy(beside, ({ stream }) => stream);
    const appends = Array.from(streams, ([stream, events]): Append => {
      const given = this.#given.get(stream) ?? { last: this.#events.last(stream), open: 0 };
      const expected = given.last;
      this.#given.set(stream, { last: expected + events.length, open: given.open + 1 });
      return { stream, expected, by, scope, at, events: events.map(({ event }) => event) };
    });
    return { appends, settled: () => streams.forEach((_, stream) => this.#settle(stream)) };
  }

  /** When nothing is under way the store's own number counts again, so a failed transaction leaves no gap behind. */
  #settle(stream: string): void {
    const given = this.#given.get(stream);
    if (given === undefined) return;
    given.open -= 1;
    if (given.open === 0) this.#given.delete(stream);
  }
}
