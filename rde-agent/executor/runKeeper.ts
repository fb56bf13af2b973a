import type { Digest } from '../../language/model/names.ts';
import { toTaskGraph, type TaskGraph } from '../engine/taskGraph.ts';
import { toRunStream, type Recorded, type RunEvent } from '../protocol/runEvents.ts';
import type { SubmitRequest } from '../protocol/roles.ts';
import type { Principal, Scope } from '../protocol/who.ts';
import type { RequestRecord, SmallBlob } from '../store/store.ts';
import { ActiveRun } from './activeRun.ts';
import type { ActiveRunServices, Submitted } from './activeRunOptions.ts';
import type { BlobCache } from './blobCache.ts';
import type { RunHub } from './hub.ts';
import { RunLibrary, toSummary } from './runLibrary.ts';
import { RunStream } from './runStream.ts';
import { warmUp } from './warmUp.ts';

export interface RunKeeperServices extends ActiveRunServices {
  readonly hub: RunHub;
  readonly blobs: BlobCache;
  /** seconds after which a run whose record could not be written is taken up again */
  readonly takeUpAfter: number;
}

export interface NewRun {
  readonly run: string;
  readonly request: SubmitRequest;
  readonly graph: TaskGraph;
  readonly who: Principal;
  readonly scope: Scope;
  readonly record: RequestRecord;
  readonly blobs: readonly SmallBlob[];
}

/** Owns the open runs: begins them, takes them up after a restart or a failing disk, lets go of them when they have ended. */
export class RunKeeper {
  readonly library: RunLibrary;
  readonly #services: RunKeeperServices;
  readonly #timers = new Set<NodeJS.Timeout>();
  #stopped = false;

  constructor(services: RunKeeperServices) {
    this.#services = services;
    this.library = new RunLibrary(services.store);
  }

  /** Resolves when the submission is durable. */
  async begin({ run, request, graph, who, scope, record, blobs }: NewRun): Promise<void> {
    const { definition, force, from, key } = request;
    const tasks = graph.nodes.map((node) => node.id);
    const submitted: Submitted = { type: 'run.submitted', run, definition, tasks, force, from, requestKey: key };
    const active = this.#open(submitted, graph, { by: who.id, scope, past: [] });
    const begun = active.begin(record, blobs);
    this.#tell(active);
    setImmediate(() => warmUp(graph, this.#services));
    await begun;
  }

  /** Makes the folder of an artifact ahead of its first use. */
  preload(artifact: Digest): void {
    this.#services.trees
      .ensure(artifact)
      .catch((error: unknown) => this.#services.logger.warn('Code was not laid out ahead', { artifact, error }));
  }

  async recover(): Promise<void> {
    for (const run of this.#services.store.projections.openRuns()) {
      this.#takeUp(run);
      // Many open runs must not keep the agent from answering.
      await new Promise(setImmediate);
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.all([...this.library.open.values()].map((run) => run.stop()));
  }

  #takeUp(run: string): void {
    const { store, logger, faults } = this.#services;
    if (this.#stopped || this.library.open.has(run)) return;
    try {
      const past = store.events.read(toRunStream(run)) as readonly Recorded<RunEvent>[];
      const first = past[0];
      if (first?.event.type !== 'run.submitted') return;
      faults?.hit('recovery');
      const { event, by, scope } = first;
      const graph = toTaskGraph(event.definition, { id: run, nominalTime: null }, event.from);
      const active = this.#open(event, graph, { by, scope, past });
      active.resume(past.map((recorded) => recorded.event));
      warmUp(graph, this.#services);
      logger.info('A run goes on', { run, events: past.length });
    } catch (error) {
      // One run that cannot be read must not keep the others, or the agent, from starting.
      logger.error('A run cannot be taken up', { run, error });
    }
  }

  #open(
    submitted: Submitted,
    graph: TaskGraph,
    origin: { readonly by: string; readonly scope: Scope; readonly past: readonly Recorded<RunEvent>[] },
  ): ActiveRun {
    const { store, blobs, clock, hub, faults } = this.#services;
    const { by, scope, past } = origin;
    const stream = new RunStream({
      store,
      blobs,
      clock,
      hub,
      faults,
      run: submitted.run,
      scope,
      past,
      onFailed: (error) => void this.#abandon(active, error),
    });
    const active: ActiveRun = new ActiveRun(
      { submitted, by, scope, graph, stream, onDidChange: (change) => this.#changed(active, change) },
      this.#services,
    );
    this.library.add(active);
    return active;
  }

  #changed(active: ActiveRun, change: 'started' | 'finished' | 'closed'): void {
    if (change === 'closed') this.library.remove(active.run);
    else this.#tell(active);
  }

  #tell(active: ActiveRun): void {
    this.#services.hub.runsChanged({ type: 'runChanged', run: toSummary(active) });
  }

  /** Nothing after the last durable event counts: the run is let go of, and taken up from there when the disk may work again. */
  async #abandon(active: ActiveRun, error: unknown): Promise<void> {
    const { logger, store, takeUpAfter } = this.#services;
    logger.error('The record of a run cannot be written', { run: active.run, error });
    await active.abandon();
    // Earlier batches may still be on their way to disk.
    await active.stream.settled();
    this.library.remove(active.run);
    if (this.#stopped || store.events.last(toRunStream(active.run)) === 0) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#takeUp(active.run);
    }, takeUpAfter * 1000);
    this.#timers.add(timer);
  }
}
