import { toCanonicalJson } from '../../language/model/json.ts';
import { CairnError } from '../protocol/errors.ts';

/** requests that are remembered */
const KEPT = 1000;

/**
 * Answers a repeated request with the first answer, even when files have changed in between: the client only asks what became of
 * it. The same key with another body is a `conflict`. Failures are not remembered: they may be tried again.
 */
export class KeyedRequests<T> {
  readonly #requests = new Map<string, { readonly body: string; readonly answer: Promise<T> }>();

  run(key: string, params: unknown, work: () => Promise<T>): Promise<T> {
    const body = toCanonicalJson(params);
    const known = this.#requests.get(key);
    if (known !== undefined) {
      if (known.body === body) return known.answer;
      return Promise.reject(
        new CairnError('conflict', 'this request key was already used with another request', {
          next: 'Send a new key with a new request.',
        }),
      );
    }
    const answer = work();
    this.#requests.set(key, { body, answer });
    answer.catch(() => this.#requests.delete(key));
    const [oldest] = this.#requests.keys();
    if (this.#requests.size > KEPT && oldest !== undefined) this.#requests.delete(oldest);
    return answer;
  }
}
