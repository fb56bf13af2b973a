import { toCanonicalJson } from '../../language/model/json.ts';
import type { Digest } from '../../language/model/names.ts';
import type { CacheLookup } from '../engine/cacheLookup.ts';
import { toFlaw } from '../engine/findResult.ts';
import type { TaskKey } from '../engine/keys.ts';
import type { TaskNode } from '../engine/taskNode.ts';
import type { CachedResult } from '../protocol/cachedResult.ts';
import type { PlanDocument } from '../protocol/documents.ts';
import type { KeyParts } from '../protocol/keyParts.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { Principal } from '../protocol/who.ts';
import type { Distrusts } from './distrusts.ts';

/** plans remembered; a plan of 10,000 steps is some megabytes */
const KEPT = 4;
/** A longer definition costs more to tell from another than its plan. */
const MOST_STEPS = 1000;

/** What a plan in which everything is reused rests on. */
interface Rests {
  readonly document: PlanDocument;
  readonly results: readonly { readonly key: Digest; readonly entry: string; readonly ttl: number | undefined }[];
  readonly modules: ReadonlySet<KeyParts['module']>;
}

/** Notes what a plan rests on while it is made. */
export interface PlanNotes {
  readonly onHit: (task: TaskNode, key: TaskKey, entry: CachedResult) => void;
  /** Remembers the plan, if all that it rests on can be looked at again. */
  keep(document: PlanDocument, cache: CacheLookup): void;
}

/**
 * Plans in which every step is reused by an equal key. One stands as long as each of its results does, which is looked at anew every time (there,
 * whole, not too old, not distrusted, permitted); only the graph and the keys are not made again, as nothing that they are made of has changed.
 */
export class PlanMemo {
  readonly #distrusts: Distrusts;
  readonly #plans = new Map<string, Rests>();

  constructor(distrusts: Distrusts) {
    this.#distrusts = distrusts;
  }

  /** `undefined` = none stands. `cache` is what the asking principal may be given. */
  find(name: string | undefined, cache: CacheLookup): PlanDocument | undefined {
    const rests = name === undefined ? undefined : this.#plans.get(name);
    if (name === undefined || rests === undefined) return undefined;
    if (this.#stands(rests, cache)) return rests.document;
    this.#plans.delete(name);
    return undefined;
  }

  note(name: string | undefined): PlanNotes | undefined {
    if (name === undefined) return undefined;
    const results: { key: Digest; entry: string; ttl: number | undefined }[] = [];
    const modules = new Set<KeyParts['module']>();
    // The version of what is fetched has to be asked for.
    let isFetched = false;
    return {
      onHit: ({ step }, { key, parts }, { id }) => {
        if (step.source !== undefined) isFetched = true;
        results.push({ key, entry: id, ttl: step.contract.cache.ttl });
        modules.add(parts.module);
      },
      keep: (document, cache) => {
        if (isFetched || document.steps.some(({ decision }) => decision !== 'hit')) return;
        const rests: Rests = { document, results, modules };
        if (!this.#stands(rests, cache)) return;
        const [oldest = ''] = this.#plans.keys();
        if (this.#plans.size >= KEPT) this.#plans.delete(oldest);
        this.#plans.set(name, rests);
      },
    };
  }

  #stands({ results, modules }: Rests, cache: CacheLookup): boolean {
    for (const module of modules) if (this.#distrusts.reason(module) !== null) return false;
    return results.every(({ key, entry, ttl }) => {
      const now = cache.entry(key);
      return now?.id === entry && now.outside !== true && toFlaw(ttl, now, cache) === null;
    });
  }
}

/** By all that a plan is made of, beside results. `undefined` = too much to be told from others. */
export function toPlanName(definition: PinnedWorkflow, from: string | null, who: Principal): string | undefined {
  const steps = [definition, ...(definition.workflows ?? [])].reduce((sum, each) => sum + each.steps.length, 0);
  return steps > MOST_STEPS ? undefined : toCanonicalJson([who.id, from, definition]);
}
