import type { Faults } from '../../protocol/faults.ts';
import type { Database } from './database.ts';
import { unpackBlobs } from './packedBlobs.ts';
import type { SentTransaction, WireAppend, WireResult } from './writerProtocol.ts';

const KNOWN_STREAMS = 10_000;

/** Thrown inside a savepoint: a stream has moved, or a request was answered already. */
class StreamMoved extends Error {
  readonly stream: string;
  readonly last: number;
  constructor(stream: string, last: number) {
    super(`${stream} is at ${last}`);
    this.stream = stream;
    this.last = last;
  }
}

/**
 * Writes batches of transactions: one COMMIT, so one fsync, for all that arrived together (group commit). A transaction that
 * conflicts is rolled back to its savepoint; the others are not touched.
 */
export class Writer {
  readonly #database: Database;
  readonly #faults: Faults | undefined;
  readonly #last = new Map<string, number>();
  readonly #insertEvent;
  readonly #insertBlob;
  readonly #insertRequest;
  readonly #dropBlob;
  readonly #selectRequest;
  readonly #selectLast;
  #position: number;

  constructor(database: Database, faults?: Faults) {
    this.#database = database;
    this.#faults = faults;
    this.#insertEvent = database.prepare(
      'INSERT INTO events (position, stream, seq, type, version, at, by, tenant, domain, payload) VALUES (?,?,?,?,?,?,?,?,?,?)',
    );
    this.#insertBlob = database.prepare('INSERT OR IGNORE INTO blobs (digest, bytes) VALUES (?, ?)');
    this.#insertRequest = database.prepare('INSERT INTO requests (key, body, response) VALUES (?, ?, ?)');
    this.#dropBlob = database.prepare('DELETE FROM blobs WHERE digest = ?');
    this.#selectRequest = database.prepare('SELECT 1 FROM requests WHERE key = ?');
    this.#selectLast = database.prepare('SELECT max(seq) AS last FROM events WHERE stream = ?');
    this.#position = Number(database.prepare('SELECT max(position) AS last FROM events').get()?.['last'] ?? 0);
  }

  /** Answers one result a transaction. When the batch itself cannot be committed, every transaction is `failed` and nothing is written. */
  write(transactions: readonly SentTransaction[]): { readonly results: readonly WireResult[]; readonly seconds: number } {
    const position = this.#position;
    try {
      this.#database.exec('BEGIN IMMEDIATE');
      const results = transactions.map((transaction) => this.#one(transaction));
      this.#pass('in-commit', transactions);
      const began = performance.now();
      this.#database.exec('COMMIT');
      const seconds = (performance.now() - began) / 1000;
      this.#pass('written', transactions);
      return { results, seconds };
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      this.#position = position;
      this.#last.clear();
      const message = error instanceof Error ? error.message : String(error);
      return { results: transactions.map(() => ({ kind: 'failed', message })), seconds: 0 };
    }
  }

  #pass(place: 'in-commit' | 'written', transactions: readonly SentTransaction[]): void {
    if (this.#faults === undefined) return;
    for (const { appends } of transactions)
      for (const { events } of appends) for (const { type } of events) this.#faults.hit(`${place}:${type}`);
  }

  #one(transaction: SentTransaction): WireResult {
    const position = this.#position;
    this.#database.exec('SAVEPOINT one');
    try {
      for (const append of transaction.appends) this.#append(append);
      for (const blob of unpackBlobs(transaction.blobs)) this.#insertBlob.run(blob.digest, blob.bytes);
      for (const digest of transaction.drop) this.#dropBlob.run(digest);
      const { request } = transaction;
      if (request !== undefined) {
        if (this.#selectRequest.get(request.key) !== undefined) throw new StreamMoved('the request', 1);
        this.#insertRequest.run(request.key, request.body, request.response);
      }
      this.#database.exec('RELEASE one');
      return { kind: 'committed', position: position + 1 };
    } catch (error) {
      if (!(error instanceof StreamMoved)) throw error;
      this.#database.exec('ROLLBACK TO one; RELEASE one');
      this.#position = position;
      for (const append of transaction.appends) this.#last.delete(append.stream);
      return { kind: 'conflict', stream: error.stream, last: error.last };
    }
  }

  #append(append: WireAppend): void {
    let seq = this.#lastOf(append.stream);
    if (seq !== append.expected) throw new StreamMoved(append.stream, seq);
    for (const event of append.events) {
      seq += 1;
      this.#position += 1;
      this.#insertEvent.run(
        this.#position,
        append.stream,
        seq,
        event.type,
        event.version,
        append.at,
        append.by,
        append.tenant,
        append.domain,
        event.payload,
      );
    }
    this.#last.set(append.stream, seq);
  }

  #lastOf(stream: string): number {
    const known = this.#last.get(stream);
    if (known !== undefined) return known;
    if (this.#last.size >= KNOWN_STREAMS) this.#last.clear();
    return Number(this.#selectLast.get(stream)?.['last'] ?? 0);
  }
}
