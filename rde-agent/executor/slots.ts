/** A task that waits for a place to run. */
export interface SlotRequest {
  readonly cluster: string;
  readonly run: string;
  /** whose place it is; of a batch, the step */
  readonly task: string;
  /** tasks that wait for this place; absent = one */
  readonly tasks?: () => number;
  /** what shares places evenly with others: a run together with all that are nested in it */
  readonly share: string;
  /** higher first */
  readonly priority: number;
  /** most tasks of the run at once, over all clusters; `undefined` = as many as there are places */
  readonly limit: number | undefined;
  /** Called when the place is this task's, at once if one is free. The place is kept until `release`. */
  readonly start: () => void;
}

/** What one run waits for on one cluster. */
interface RunQueue {
  readonly share: string;
  readonly limit: number | undefined;
  readonly waiting: Map<number, Set<SlotRequest>>;
}

interface Cluster {
  readonly size: number;
  used: number;
  /** who has a place, and since when (monotonic seconds) */
  readonly held: Map<SlotRequest, number>;
  /** by run, in the order in which they came */
  readonly queues: Map<string, RunQueue>;
  /** places taken, by share */
  readonly shares: Map<string, number>;
  /** how to get places back that nobody wanted when they were lent */
  readonly lent: Set<() => void>;
}

/** Places of one cluster as they are. */
export interface SlotStatus {
  readonly size: number;
  /** tasks that wait */
  readonly queued: number;
  /** who has a place, and for how many seconds, the oldest first */
  readonly held: readonly { readonly run: string; readonly task: string; readonly seconds: number }[];
}

/**
 * Each cluster runs at most so many tasks at once, over all runs. A free place goes to the highest priority; among equals to whoever has the
 * fewest places there, and then to whoever came first, so that a run of one task does not wait for one of ten thousand. A task of low priority
 * waits as long as there are higher ones.
 */
export class Slots {
  readonly #sizes: { readonly [cluster: string]: number };
  readonly #size: number;
  readonly #clusters = new Map<string, Cluster>();
  /** places taken by runs that have a limit of their own */
  readonly #limited = new Map<string, number>();

  readonly #now: () => number;
  /** Called when something has changed, very often: it must cost nothing. */
  onDidChange: () => void = () => undefined;

  /** `size` = of every cluster that `sizes` does not name; `now` = monotonic seconds */
  constructor(size: number, sizes: { readonly [cluster: string]: number } = {}, now: () => number = () => 0) {
    this.#size = size;
    this.#sizes = sizes;
    this.#now = now;
  }

  status(name: string): SlotStatus {
    const { size, held, queues } = this.#cluster(name);
    let queued = 0;
    for (const { waiting } of queues.values())
      for (const requests of waiting.values()) for (const request of requests) queued += request.tasks?.() ?? 1;
    const now = this.#now();
    return { size, queued, held: Array.from(held, ([{ run, task }, since]) => ({ run, task, seconds: Math.max(0, now - since) })) };
  }

  request(request: SlotRequest): void {
    const cluster = this.#cluster(request.cluster);
    let queue = cluster.queues.get(request.run);
    if (queue === undefined) cluster.queues.set(request.run, (queue = { share: request.share, limit: request.limit, waiting: new Map() }));
    let waiting = queue.waiting.get(request.priority);
    if (waiting === undefined) queue.waiting.set(request.priority, (waiting = new Set()));
    waiting.add(request);
    this.onDidChange();
    this.#grant(cluster);
  }

  /** Takes a waiting request back; one that has been granted is not touched. */
  withdraw(request: SlotRequest): void {
    this.onDidChange();
    this.#take(this.#cluster(request.cluster), request);
  }

  /** Gives the place of a granted request back. */
  release(request: SlotRequest): void {
    const cluster = this.#cluster(request.cluster);
    cluster.used -= 1;
    cluster.held.delete(request);
    this.onDidChange();
    count(cluster.shares, request.share, -1);
    if (request.limit === undefined) return this.#grant(cluster);
    count(this.#limited, request.run, -1);
    // Its run may have waited for this on another cluster.
    for (const each of this.#clusters.values()) this.#grant(each);
  }

  /**
   * Lends a place that nobody wants at the moment; `undefined` = there is none. `recall` is called, once, as soon as a task wants it: the task
   * does not wait for it to be given back. The answer gives it back.
   */
  lend(name: string, recall: () => void): (() => void) | undefined {
    const cluster = this.#cluster(name);
    if (cluster.queues.size > 0 || cluster.used + cluster.lent.size >= cluster.size) return undefined;
    cluster.lent.add(recall);
    return () => void cluster.lent.delete(recall);
  }

  #grant(cluster: Cluster): void {
    while (cluster.used < cluster.size) {
      const request = this.#next(cluster);
      if (request === undefined) return;
      this.#take(cluster, request);
      cluster.used += 1;
      cluster.held.set(request, this.#now());
      count(cluster.shares, request.share, 1);
      if (request.limit !== undefined) count(this.#limited, request.run, 1);
      this.#recall(cluster);
      request.start();
    }
  }

  #recall(cluster: Cluster): void {
    for (const recall of cluster.lent) {
      if (cluster.used + cluster.lent.size <= cluster.size) return;
      cluster.lent.delete(recall);
      recall();
    }
  }

  #next(cluster: Cluster): SlotRequest | undefined {
    let next: SlotRequest | undefined;
    for (const [run, queue] of cluster.queues) {
      if (queue.limit !== undefined && (this.#limited.get(run) ?? 0) >= queue.limit) continue;
      const priority = Math.max(...queue.waiting.keys());
      const [first] = queue.waiting.get(priority) ?? [];
      if (first === undefined || (next !== undefined && !isBefore(first, next, cluster))) continue;
      next = first;
    }
    return next;
  }

  #take(cluster: Cluster, request: SlotRequest): void {
    const queue = cluster.queues.get(request.run);
    const waiting = queue?.waiting.get(request.priority);
    if (queue === undefined || waiting === undefined) return;
    waiting.delete(request);
    if (waiting.size === 0) queue.waiting.delete(request.priority);
    if (queue.waiting.size === 0) cluster.queues.delete(request.run);
  }

  #cluster(name: string): Cluster {
    const known = this.#clusters.get(name);
    if (known !== undefined) return known;
    const cluster: Cluster = {
      size: this.#sizes[name] ?? this.#size,
      used: 0,
      held: new Map(),
      queues: new Map(),
      shares: new Map(),
      lent: new Set(),
    };
    this.#clusters.set(name, cluster);
    return cluster;
  }
}

function isBefore(request: SlotRequest, other: SlotRequest, { shares }: Cluster): boolean {
  if (request.priority !== other.priority) return request.priority > other.priority;
  return (shares.get(request.share) ?? 0) < (shares.get(other.share) ?? 0);
}

function count(counts: Map<string, number>, name: string, by: 1 | -1): void {
  const now = (counts.get(name) ?? 0) + by;
  if (now === 0) counts.delete(name);
  else counts.set(name, now);
}
