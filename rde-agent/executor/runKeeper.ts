import type { Digest } from '../../language/model/names.ts';
import { RunMachine } from '../engine/runMachine.ts';
import { toTaskGraph, type TaskGraph } from '../engine/taskGraph.ts';
import { toRunStream, type Recorded, type RunEvent } from '../protocol/runEvents.ts';
import type { RunView } from '../protocol/runView.ts';
import type { Principal, Scope } from '../protocol/who.ts';
import type { RequestRecord, SmallBlob } from '../store/store.ts';
import { ActiveRun } from './activeRun.ts';
import type { ActiveRunServices, NestedRuns, NestedWatcher, Submitted } from './activeRunOptions.ts';
import type { BesideStreams } from './besideStreams.ts';
import type { RunHub } from './hub.ts';
import { RunGate } from './runGate.ts';
import { RunLibrary, toSummary } from './runLibrary.ts';
import { RunStream, type LentBatch } from './runStream.ts';
import type { BesideEvent } from './sourceHook.ts';
import { readStanding } from './standings.ts';
import { warmUp } from './warmUp.ts';

export interface RunKeeperServices extends ActiveRunServices {
  readonly hub: RunHub;
  readonly beside: BesideStreams;
  /** seconds after which a run whose record could not be written is taken up again */
  readonly takeUpAfter: number;
}

export interface NewRun {
  /** its `tasks` are those of `graph` */
  readonly submitted: Submitted;
  readonly graph: TaskGraph;
  readonly who: Principal;
  readonly scope: Scope;
  readonly record: RequestRecord;
  readonly blobs: readonly SmallBlob[];
  /** committed with the submission */
  readonly beside: readonly BesideEvent[];
}

interface Origin {
  readonly by: string;
  readonly scope: Scope;
  /** see ActiveRunOptions */
  readonly share: string;
  readonly past: readonly Recorded<RunEvent>[];
}

/** Owns the open runs: begins them, takes them up after a restart or a failing disk, lets go of them when they have ended. */
export class RunKeeper implements NestedRuns {
  readonly library: RunLibrary;
  readonly #services: RunKeeperServices;
  readonly #gate = new RunGate();
  readonly #timers = new Set<NodeJS.Timeout>();
  /** by nested run: its parent's task */
  readonly #watchers = new Map<string, NestedWatcher>();
  #stopped = false;

  constructor(services: RunKeeperServices) {
    this.#services = services;
    this.library = new RunLibrary(services.store);
  }

  /** Resolves when the submission is durable. */
  async start({ submitted, graph, who, scope, record, blobs, beside }: NewRun): Promise<void> {
    const active = this.#open(submitted, graph, { by: who.id, scope, share: submitted.run, past: [] });
    active.begin(record, blobs, beside);
    const begun = this.#admit(active, false);
    this.#tell(active);
    setImmediate(() => warmUp(graph, this.#services));
    await begun;
  }

  begin(
    given: Submitted,
    parent: { readonly by: string; readonly scope: Scope; readonly share: string },
    watcher: NestedWatcher,
  ): LentBatch {
    const graph = toGraph(given);
    const submitted = { ...given, tasks: graph.nodes.map((node) => node.id) };
    const active = this.#open(submitted, graph, { ...parent, past: [] });
    const lent = active.beginNested();
    this.#watchers.set(active.run, watcher);
    watcher.opened(active);
    // Not before its submission is on its way to disk with its parent's record.
    queueMicrotask(() => {
      this.#admit(active, false).catch(() => undefined);
      warmUp(graph, this.#services);
    });
    return lent;
  }

  watch(run: string, watcher: NestedWatcher): void {
    const open = this.library.open.get(run);
    const view = open === undefined ? this.view(run) : undefined;
    if (view != null && view.finished !== null) return queueMicrotask(() => watcher.closed({ view, machine: this.#replay(run) }));
    this.#watchers.set(run, watcher);
    if (open !== undefined) watcher.opened(open);
  }

  view(run: string): RunView | undefined {
    return this.library.find(run)?.view;
  }

  /** Makes the folder of an artifact ahead of its first use. */
  preload(artifact: Digest): void {
    this.#services.trees
      .ensure({ artifact })
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
      const graph = toGraph(event);
      const active = this.#open(event, graph, { by, scope, share: this.#shareOf(event), past });
      const isUnderWay = active.resume(past.map((recorded) => recorded.event));
      this.#watchers.get(run)?.opened(active);
      this.#admit(active, isUnderWay).catch(() => undefined);
      warmUp(graph, this.#services);
      logger.info('A run goes on', { run, events: past.length });
    } catch (error) {
      // One run that cannot be read must not keep the others, or the agent, from starting.
      logger.error('A run cannot be taken up', { run, error });
    }
  }

  /** The state of a run that has ended, with its results. */
  #replay(run: string): RunMachine {
    const events = this.library.events(run, 0);
    const first = events[0]?.event;
    if (first?.type !== 'run.submitted') throw new Error(`run ${run} has no beginning`);
    const machine = new RunMachine(toGraph(first));
    for (const { event } of events) machine.apply(event);
    return machine;
  }

  /** Resolves when what it has recorded until now is durable. */
  #admit(active: ActiveRun, isUnderWay: boolean): Promise<void> {
    let begun: Promise<void> | undefined;
    this.#gate.enter(active.run, active.submitted.definition, isUnderWay, () => {
      // Whoever has to know of a failure is told by the stream.
      begun = active.admit();
      begun.catch(() => undefined);
    });
    return begun ?? active.save();
  }

  #open(submitted: Submitted, graph: TaskGraph, { by, scope, share, past }: Origin): ActiveRun {
    const { store, blobs, beside, clock, hub, faults } = this.#services;
    const stream = new RunStream({
      store,
      blobs,
      beside,
      clock,
      hub,
      faults,
      run: submitted.run,
      scope,
      past,
      onFailed: (error) => void this.#abandon(active, error),
    });
    const base = submitted.fork?.run ?? null;
    const standing = base === null ? undefined : readStanding(base, this.library, this.#services.hash);
    const active: ActiveRun = new ActiveRun(
      { submitted, by, scope, graph, stream, share, nested: this, standing, onDidChange: (change) => this.#changed(active, change) },
      this.#services,
    );
    this.library.add(active);
    return active;
  }

  /** The run at the top of those that a nested one is in; they are all open, and the outer ones were taken up before. */
  #shareOf({ run, origin }: Submitted): string {
    return origin?.kind === 'nested' ? (this.library.open.get(origin.run)?.options.share ?? origin.run) : run;
  }

  #changed(active: ActiveRun, change: 'started' | 'finished' | 'closed'): void {
    if (change !== 'closed') return this.#tell(active);
    const { run, submitted } = active;
    const watcher = this.#watchers.get(run);
    this.#watchers.delete(run);
    watcher?.closed({ view: active.stream.view(), machine: active.machine });
    this.library.remove(run);
    this.#gate.leave(run, submitted.definition);
  }

  /** Lists are of runs that are nested in none. */
  #tell(active: ActiveRun): void {
    if (active.submitted.origin?.kind === 'nested') return;
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
    this.#gate.leave(active.run, active.submitted.definition);
    if (this.#stopped || store.events.last(toRunStream(active.run)) === 0) return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#takeUp(active.run);
    }, takeUpAfter * 1000);
    this.#timers.add(timer);
  }
}

/** The graph of a run, the same before and after a restart. Throws as `toTaskGraph` does. */
export function toGraph({ run, definition, from, nominalTime, inputs = {}, replay }: Submitted): TaskGraph {
  return toTaskGraph(definition, { id: replay?.run ?? run, nominalTime: nominalTime ?? null, inputs }, from);
}
