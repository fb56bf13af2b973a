import type { Digest } from '../../language/model/names.ts';
import type { Clock } from '../protocol/clock.ts';
import type { TaskId } from '../protocol/runEvents.ts';

/** Who computes a key. */
export interface LeaseOwner {
  readonly run: string;
  readonly task: TaskId;
  /** It is at work on it, or waits for a place to be. Asked now and then: a yes is a heartbeat. */
  readonly isAlive: () => boolean;
}

export interface Lease {
  readonly key: Digest;
  /** Fencing token: grows with every lease, whatever the key. */
  readonly token: number;
  readonly owner: LeaseOwner;
}

/** `waits`: somebody else computes it; `wake` is called when that has ended, well or not, and the caller is to decide again. */
export type Taken = { readonly kind: 'mine'; readonly lease: Lease } | { readonly kind: 'waits'; readonly for: LeaseOwner };

/** What happens around one key while anybody computes it. */
interface Group {
  holder: { readonly lease: Lease; heard: number } | null;
  /** leases that may still publish */
  readonly live: Set<Lease>;
  readonly waiting: Set<() => void>;
  /** token of the newest result published */
  published: number;
}

/** Seconds without a heartbeat after which a lease is another's to take. */
const LIFE = 30;

/**
 * One computation per key at a time. The owner has a lease until it gives it back or is found dead; whoever comes meanwhile waits. Exactly one
 * of those that wait becomes the next owner. A result that comes with a lease that was taken away, or after a newer one, is not published.
 */
export class Leases {
  readonly #clock: Pick<Clock, 'monotonic'>;
  readonly #groups = new Map<Digest, Group>();
  #token = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock;
  }

  take(key: Digest, owner: LeaseOwner, wake: () => void): Taken {
    const group = this.#group(key);
    if (group.holder === null) return { kind: 'mine', lease: this.#grant(group, key, owner) };
    group.waiting.add(wake);
    return { kind: 'waits', for: group.holder.lease.owner };
  }

  /** For who must compute it whatever others do: it waits for nobody, and others wait for it where there is no owner yet. */
  takeBeside(key: Digest, owner: LeaseOwner): Lease {
    return this.#grant(this.#group(key), key, owner);
  }

  /** Whether a result may become an entry; true at most once for a lease, and never after a newer result of its key. */
  publishes(lease: Lease): boolean {
    const group = this.#groups.get(lease.key);
    if (group?.live.has(lease) !== true || lease.token <= group.published) return false;
    group.published = lease.token;
    return true;
  }

  /** Idempotent. */
  release(lease: Lease): void {
    const group = this.#groups.get(lease.key);
    if (group === undefined) return;
    group.live.delete(lease);
    const wasHolder = group.holder?.lease === lease;
    if (wasHolder) group.holder = null;
    if (group.holder === null && group.live.size === 0) this.#forget(lease.key);
    if (!wasHolder) return;
    const waiting = [...group.waiting];
    group.waiting.clear();
    for (const wake of waiting) wake();
  }

  /** Hears every owner; the leases of those that have been silent for too long are taken away. To be called now and then. */
  beat(): void {
    const now = this.#clock.monotonic();
    for (const { holder } of [...this.#groups.values()]) {
      if (holder === null) continue;
      if (holder.lease.owner.isAlive()) holder.heard = now;
      else if (now - holder.heard > LIFE) this.release(holder.lease);
    }
  }

  /** keys that somebody computes, and who waits for one of them */
  get size(): { readonly held: number; readonly waiting: number } {
    const groups = [...this.#groups.values()];
    return { held: groups.length, waiting: groups.reduce((sum, { waiting }) => sum + waiting.size, 0) };
  }

  #grant(group: Group, key: Digest, owner: LeaseOwner): Lease {
    const lease: Lease = { key, token: ++this.#token, owner };
    group.live.add(lease);
    group.holder ??= { lease, heard: this.#clock.monotonic() };
    this.#timer ??= setInterval(() => this.beat(), (LIFE / 3) * 1000).unref();
    return lease;
  }

  #group(key: Digest): Group {
    let group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, (group = { holder: null, live: new Set(), waiting: new Set(), published: 0 }));
    return group;
  }

  #forget(key: Digest): void {
    this.#groups.delete(key);
    if (this.#groups.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
