import { toCanonicalJson } from '../../language/model/json.ts';
import type { Digest } from '../../language/model/names.ts';
import type { Hash } from '../engine/hash.ts';
import { CairnError } from '../protocol/errors.ts';
import type { EventStore, RequestRecord } from '../store/store.ts';

/** Makes the record that goes into the transaction of a request. */
export type ToRecord<T> = (response: T) => RequestRecord;

interface InFlight {
  readonly body: Digest;
  readonly response: Promise<string>;
}

/** Every mutating request once: a repeat, even one that comes while the first is under way, gets the first answer. */
export class Requests {
  readonly #events: EventStore;
  readonly #hash: Hash;
  readonly #inFlight = new Map<string, InFlight>();

  constructor(events: EventStore, hash: Hash) {
    this.#events = events;
    this.#hash = hash;
  }

  /**
   * `body` is everything that the request asks for, who asks included. `work` answers and commits the record in one transaction with what it
   * changes; when it rejects, the key is free again. Rejects with `conflict` when the key was used for another body.
   */
  async once<T>(key: string, body: unknown, work: (toRecord: ToRecord<T>) => Promise<T>): Promise<T> {
    const digest = this.#hash(toCanonicalJson(body));
    const known = this.#inFlight.get(key) ?? this.#answered(key);
    if (known !== undefined) return JSON.parse(await this.#repeat(key, digest, known)) as T;
    const response = work((answer) => ({ key, body: digest, response: JSON.stringify(answer) }));
    this.#inFlight.set(key, { body: digest, response: response.then((answer) => JSON.stringify(answer)) });
    try {
      return await response;
    } finally {
      this.#inFlight.get(key)?.response.catch(() => undefined);
      this.#inFlight.delete(key);
    }
  }

  #answered(key: string): InFlight | undefined {
    const record = this.#events.request(key);
    return record && { body: record.body, response: Promise.resolve(record.response) };
  }

  #repeat(key: string, digest: Digest, known: InFlight): Promise<string> {
    if (known.body !== digest) throw new CairnError('conflict', `The key ${key} was used for another request`);
    return known.response;
  }
}
