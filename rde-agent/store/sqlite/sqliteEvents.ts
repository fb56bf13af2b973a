import type { Digest } from '../../../language/model/names.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { Recorded } from '../../protocol/runEvents.ts';
import type { EventStore, PositionedEvent, RequestRecord, StoreEvent, Transaction } from '../store.ts';
import { toEventVersion } from '../upcast.ts';
import type { Database } from './database.ts';
import { toPositionedRow, toRecorded } from './eventRow.ts';
import type { WriterClient } from './writerClient.ts';
import type { WireAppend, WireTransaction } from './writerProtocol.ts';

/** Called after each durable commit with its events, in the order of their positions. */
type Applied = (events: readonly PositionedEvent[]) => void;

export class SqliteEvents implements EventStore {
  readonly #writer: WriterClient;
  readonly #applied: Applied;
  readonly #storing: (digest: Digest) => void;
  readonly #selectAfter;
  readonly #selectAll;
  readonly #selectLast;
  readonly #selectFirst;
  readonly #selectPosition;
  readonly #selectRequest;

  /** `storing` is told of every blob of a transaction before it is on its way. */
  constructor(reader: Database, writer: WriterClient, applied: Applied, storing: (digest: Digest) => void) {
    this.#writer = writer;
    this.#applied = applied;
    this.#storing = storing;
    this.#selectAfter = reader.prepare(
      'SELECT seq, type, version, at, by, tenant, domain, payload FROM events WHERE stream = ? AND seq > ? ORDER BY seq',
    );
    this.#selectAll = reader.prepare(
      'SELECT position, stream, seq, type, version, at, by, tenant, domain, payload FROM events WHERE position > ? ORDER BY position LIMIT ?',
    );
    this.#selectPosition = reader.prepare('SELECT max(position) AS last FROM events');
    this.#selectFirst = reader.prepare(
      'SELECT seq, type, version, at, by, tenant, domain, payload FROM events WHERE stream = ? ORDER BY seq LIMIT 1',
    );
    this.#selectLast = reader.prepare('SELECT max(seq) AS last FROM events WHERE stream = ?');
    this.#selectRequest = reader.prepare('SELECT key, body, response FROM requests WHERE key = ?');
  }

  async commit(transaction: Transaction): Promise<void> {
    for (const { digest } of transaction.blobs ?? []) this.#storing(digest);
    const result = await this.#writer.commit(toWire(transaction));
    switch (result.kind) {
      case 'committed':
        this.#applied(toPositioned(transaction, result.position));
        return;
      case 'conflict':
        throw new CairnError('conflict', `${result.stream} has moved to ${result.last} meanwhile`);
      case 'failed':
        throw new CairnError('store-failed', `The state could not be written: ${result.message}`);
    }
  }

  read(stream: string, after = 0): readonly Recorded<StoreEvent>[] {
    return this.#selectAfter.all(stream, after).map(toRecorded);
  }

  scan(after: number, limit: number): readonly PositionedEvent[] {
    return this.#selectAll.all(after, limit).map(toPositionedRow);
  }

  first(stream: string): Recorded<StoreEvent> | undefined {
    const row = this.#selectFirst.get(stream);
    return row === undefined ? undefined : toRecorded(row);
  }

  position(): number {
    return Number(this.#selectPosition.get()?.['last'] ?? 0);
  }

  last(stream: string): number {
    return Number(this.#selectLast.get(stream)?.['last'] ?? 0);
  }

  request(key: string): RequestRecord | undefined {
    const row = this.#selectRequest.get(key);
    if (row === undefined) return undefined;
    return { key: String(row['key']), body: String(row['body']) as Digest, response: String(row['response']) };
  }
}

function toWire(transaction: Transaction): WireTransaction {
  return {
    appends: transaction.appends.map((append): WireAppend => ({
      stream: append.stream,
      expected: append.expected,
      by: append.by,
      tenant: append.scope.tenant,
      domain: append.scope.domain,
      at: append.at,
      events: append.events.map((event) => ({ type: event.type, version: toEventVersion(event.type), payload: JSON.stringify(event) })),
    })),
    blobs: transaction.blobs ?? [],
    drop: [],
    request: transaction.request,
  };
}

/** The events with their places. Their text holds the same values: what is `undefined` is left out of both texts that are made of them. */
function toPositioned(transaction: Transaction, first: number): readonly PositionedEvent[] {
  let position = first;
  return transaction.appends.flatMap((append) =>
    append.events.map((event, index) => ({
      position: position++,
      stream: append.stream,
      recorded: {
        seq: append.expected + index + 1,
        at: append.at,
        by: append.by,
        scope: append.scope,
        event,
      },
    })),
  );
}
