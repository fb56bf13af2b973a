import type { CacheLookup } from '../engine/cacheLookup.ts';
import type { CachedResult } from '../protocol/cachedResult.ts';
import type { Authorize, Principal, Scope } from '../protocol/who.ts';
import type { Distrusts } from './distrusts.ts';
import type { RunInputs } from './runInputs.ts';
import { toScope } from './scopes.ts';

/**
 * Who may be given which earlier result: whoever may read, as things are now, every dataset that the producing task was computed from. A result
 * that may not be given is as good as not there: nothing that is answered tells one from the other.
 */
export class EntryAccess {
  readonly #authorize: Authorize;
  readonly #inputs: RunInputs;
  readonly #distrusts: Distrusts;
  readonly #hidden: ReadonlySet<string>;

  constructor(authorize: Authorize, inputs: RunInputs, distrusts: Distrusts, hidden: ReadonlySet<string>) {
    this.#authorize = authorize;
    this.#inputs = inputs;
    this.#distrusts = distrusts;
    this.#hidden = hidden;
  }

  /** For one run or one plan: the same question is asked once. */
  guard(lookup: CacheLookup, who: Principal, scope: Scope): CacheLookup {
    const permits = this.#permits(who, scope);
    const permitsByTrace = (entry: CachedResult): boolean => !this.#distrusts.isExact(entry.parts.module.name) && permits(entry);
    return {
      ...lookup,
      permits: (entry, how) => (how === 'key' ? permits(entry) : permitsByTrace(entry)),
      entry: (key) => only(lookup.entry(key), permits),
      candidates: (candidate) => filter(lookup.candidates(candidate), permitsByTrace),
      recent: (node) => filter(lookup.recent(node), permits),
    };
  }

  #permits(who: Principal, { tenant }: Scope): (entry: CachedResult) => boolean {
    const answers = new Map<string, boolean>();
    const mayRead = (dataset: string, scope: Scope): boolean => {
      const name = `${scope.domain} ${dataset}`;
      let answer = answers.get(name);
      if (answer === undefined)
        answers.set(name, (answer = this.#authorize(who, 'read', { kind: 'dataset', id: dataset }, scope).kind === 'allow'));
      return answer;
    };
    return ({ id, parts, producer }) => {
      if (this.#hidden.has(id)) return false;
      // Results of other tenants are nobody's business; those of other domains are compared with only by who may read their data.
      if (parts.scope.tenant !== tenant) return false;
      const datasets = this.#inputs.datasets(producer);
      if (datasets === undefined) return false;
      const scope = toScope(parts.scope.domain as Scope['domain']);
      for (const dataset of datasets) if (!mayRead(dataset, scope)) return false;
      return true;
    };
  }
}

function only(entry: CachedResult | undefined, permits: (entry: CachedResult) => boolean): CachedResult | undefined {
  return entry !== undefined && permits(entry) ? entry : undefined;
}

function* filter(entries: Iterable<CachedResult>, permits: (entry: CachedResult) => boolean): Iterable<CachedResult> {
  for (const entry of entries) if (permits(entry)) yield entry;
}
