import { readFileSync } from 'node:fs';
import type { ClustersDocument, ClusterSummary, ClusterWorker } from '../protocol/clusterDocument.ts';
import type { ClustersAction } from '../protocol/clustersView.ts';
import type { Disposable } from '../protocol/roles.ts';
import type { Recorded, RunEvent } from '../protocol/runEvents.ts';
import type { Runtime, WorkerSummary } from '../runtimes/runtime.ts';
import type { Slots } from './slots.ts';

export interface ClustersOptions {
  readonly runtimes: { readonly [cluster: string]: Runtime };
  readonly slots: Slots;
  /** wall clock, RFC 3339 */
  readonly now: () => string;
}

/** milliseconds from a change until it is told, and between looks at processes, which tell nobody of themselves */
const GATHER = 250;
const LOOK = 2000;
const PAGE = 4096;
/** bytes: resident memory is told in steps of this size, since it never stays the same */
const RSS_STEP = 1024 * 1024;

type Listener = (action: ClustersAction) => void;

/** What the clusters are doing. Costs next to nothing while nobody asks; who follows is told of changes together, a few times a second at most. */
export class Clusters {
  readonly #options: ClustersOptions;
  readonly #listeners = new Set<Listener>();
  /** by open run: the process in which a task runs, or ran last */
  readonly #pids = new Map<string, Map<string, number>>();
  /** as last told, by cluster */
  readonly #told = new Map<string, string>();
  #gathering: NodeJS.Timeout | undefined;
  #looking: NodeJS.Timeout | undefined;

  constructor(options: ClustersOptions) {
    this.#options = options;
  }

  /** Where tasks run is told by their records. */
  note(run: string, recorded: readonly Recorded<RunEvent>[]): void {
    for (const { event } of recorded) {
      if (event.type === 'task.running') this.#place(run, event.task, event.worker.pid);
      else if (event.type === 'tasks.ran') this.#place(run, event.step, event.worker.pid);
      else if (event.type === 'run.finished') this.#pids.delete(run);
    }
  }

  list(): ClustersDocument {
    const { runtimes } = this.#options;
    const others = Object.keys(runtimes).filter((name) => name !== 'local');
    const names = ['local', ...others.sort()];
    const places = new Map(names.map((name) => [name, this.#options.slots.status(name)]));
    const clusterOf = new Map<number, string>();
    for (const [name, { held }] of places)
      for (const { run, task } of held) {
        const pid = this.#pids.get(run)?.get(task);
        if (pid !== undefined) clusterOf.set(pid, name);
      }
    const now = Date.parse(this.#options.now());
    return {
      v: 1,
      clusters: names.map((name): ClusterSummary => {
        const { size, queued, held } = places.get(name) ?? this.#options.slots.status(name);
        const runtime = runtimes[name];
        const leases = held.map(({ run, task, seconds }) => ({ run, step: task, since: new Date(now - seconds * 1000).toISOString() }));
        const workers = (runtime?.workers() ?? []).filter(({ pid }) => pid > 0 && (clusterOf.get(pid) ?? 'local') === name);
        return {
          cluster: name,
          runtime: runtime?.kind ?? 'process',
          slots: size,
          busy: held.length,
          queued,
          leases,
          workers: workers.map(toWorker),
        };
      }),
    };
  }

  /** As long as somebody listens, changes are looked for. */
  onDidChange(listener: Listener): Disposable {
    this.#listeners.add(listener);
    if (this.#listeners.size === 1) this.#begin();
    return {
      dispose: () => {
        if (this.#listeners.delete(listener) && this.#listeners.size === 0) this.stop();
      },
    };
  }

  stop(): void {
    this.#options.slots.onDidChange = () => undefined;
    clearInterval(this.#looking);
    clearTimeout(this.#gathering);
    this.#looking = this.#gathering = undefined;
  }

  #begin(): void {
    this.#told.clear();
    for (const cluster of this.list().clusters) this.#told.set(cluster.cluster, JSON.stringify(toSteady(cluster)));
    this.#options.slots.onDidChange = () => {
      this.#gathering ??= setTimeout(() => this.#tell(), GATHER).unref();
    };
    this.#looking = setInterval(() => this.#tell(), LOOK).unref();
  }

  #tell(): void {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    for (const cluster of this.list().clusters) {
      const text = JSON.stringify(toSteady(cluster));
      if (this.#told.get(cluster.cluster) === text) continue;
      this.#told.set(cluster.cluster, text);
      for (const listener of this.#listeners) listener({ type: 'clusterChanged', cluster });
    }
  }

  #place(run: string, task: string, pid: number): void {
    const pids = this.#pids.get(run);
    if (pids === undefined) this.#pids.set(run, new Map([[task, pid]]));
    else pids.set(task, pid);
  }
}

function toWorker({ pid, name, version, language, role, isReady, isBusy, started, tasks }: WorkerSummary): ClusterWorker {
  const mode = language === 'node' ? 'node' : role === 'zygote' || role === 'kept' ? role : 'forked';
  const state = !isReady ? 'starting' : isBusy ? 'busy' : 'warm';
  return { pid, environment: name, version, state, mode, rss: readResident(pid), started, tasks };
}

/** Without what moves though nothing happens. */
function toSteady(cluster: ClusterSummary): object {
  const { leases, ...rest } = cluster;
  return { ...rest, leases: leases.map(({ run, step }) => `${run} ${step}`) };
}

/** Bytes; `null` = the host does not tell. */
function readResident(pid: number): number | null {
  try {
    const pages = Number(readFileSync(`/proc/${String(pid)}/statm`, 'latin1').split(' ')[1]);
    return Number.isFinite(pages) ? Math.round((pages * PAGE) / RSS_STEP) * RSS_STEP : null;
  } catch {
    // It has ended a moment ago, or this host has no /proc.
    return null;
  }
}
