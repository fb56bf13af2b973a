import type { EnvironmentDefinition } from '../../../language/model/environment.ts';
import { toCanonicalJson } from '../../../language/model/json.ts';
import { CairnError } from '../../protocol/errors.ts';
import type { ModuleTestAnswer, ModuleTestRequest } from '../../protocol/moduleTests.ts';
import type { PinnedEnvironment } from '../../protocol/pinned.ts';
import type { StartMode, TaskErrorCode } from '../../protocol/runEvents.ts';
import type {
  BatchRequest,
  LaunchRequest,
  Outcome,
  PreparedEnvironment,
  Report,
  Runtime,
  RuntimeCapabilities,
  WorkerSummary,
} from '../runtime.ts';
import { EnvironmentMaker } from './environment/environmentMaker.ts';
import { pinEnvironment, toDigest } from './environment/pinEnvironment.ts';
import { UvFinder } from './environment/uvFinder.ts';
import { toInstallerVariables, toProbeVariables } from './environment/variables.ts';
import { DEFAULT_LIMITS, type ProcessLimits, type ProcessRuntimeOptions } from './options.ts';
import { ProbeCache } from './python/probeCache.ts';
import { PythonFinder } from './python/pythonFinder.ts';
import { launchTests } from './moduleTests/launchTests.ts';
import { runModuleTests } from './moduleTests/runModuleTests.ts';
import { NodeRuntime } from './node/nodeRuntime.ts';
import { Attempt } from './worker/attempt.ts';
import { MemoryWatch } from './worker/classify.ts';
import { KeptWorkers } from './worker/keptWorkers.ts';
import { toOwner } from './worker/leftovers.ts';
import { LeftoverSweeper } from './worker/leftoverSweeper.ts';
import type { Worker } from './worker/worker.ts';
import { WorkerPool } from './worker/workerPool.ts';
import { WorkerStartError, type Acquired, type ZygoteSlot } from './worker/zygoteSlot.ts';

/** A runtime that knows the interpreters of this host. */
export interface LocalRuntime extends Runtime {
  /** The newest one that a version specifier (`3.13`) admits, for other work than tasks. Rejects with `python-missing`. */
  findPython(specifier: string): Promise<string>;
  /** Finds or runs tests of a module in an environment that has been prepared. Rejects with `cancelled`, or `environment-failed`. */
  runTests(environment: PinnedEnvironment, request: ModuleTestRequest, signal: AbortSignal): Promise<ModuleTestAnswer>;
}

/**
 * Runs tasks in local Python processes: an environment made with uv or pip, a zygote that has imported its packages, one forked
 * child for each task. Needs no server. Everything that it starts ends with it, and with the agent.
 */
export function createProcessRuntime(options: ProcessRuntimeOptions): LocalRuntime {
  return new ProcessRuntime(options);
}

class ProcessRuntime implements LocalRuntime {
  readonly kind = 'process';
  readonly capabilities: RuntimeCapabilities = {
    outlivesAgent: false,
    startModes: process.platform === 'linux' ? ['forked', 'kept', 'spawned', 'cold'] : ['spawned', 'cold'],
    restrictedView: false,
    memoryLimit: process.platform === 'linux',
  };
  private readonly options: ProcessRuntimeOptions;
  private readonly limits: ProcessLimits;
  private readonly pythons: PythonFinder;
  private readonly maker: EnvironmentMaker;
  private readonly pool: WorkerPool;
  private readonly sweeper: LeftoverSweeper;
  /** TypeScript modules: whatever has an environment that names a Node */
  private readonly nodes: NodeRuntime;
  private readonly memory = new MemoryWatch();
  private readonly pinned = new Map<string, PinnedEnvironment>();
  private readonly installerNotes = new Set<string>();
  /** environments that were made by this process and have had no task yet */
  private readonly made = new Set<string>();
  private readonly ending = new AbortController();
  private readonly running = new Set<Promise<unknown>>();
  private readonly kept: KeptWorkers;
  private disposal: Promise<void> | undefined;
  /** Only where the end of an agent is seen and orphans are adopted. */
  readonly launchBatch?: (request: BatchRequest, signal: AbortSignal) => Promise<void>;

  constructor(options: ProcessRuntimeOptions) {
    this.options = options;
    this.limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.pythons = new PythonFinder(
      options.environment,
      new ProbeCache(options.stateFolder, toProbeVariables(options.environment)),
      options.clock,
    );
    this.maker = this.createMaker();
    this.pool = new WorkerPool(options, this.limits, (worker) => this.kept.isWaiting(worker));
    this.sweeper = new LeftoverSweeper(options.logger);
    this.kept = this.createKept();
    if (process.platform === 'linux') this.launchBatch = (request, signal) => this.track(this.kept.run(request, signal));
    this.nodes = new NodeRuntime({ options, limits: this.limits, sweeper: this.sweeper, memory: this.memory });
  }

  async pin(definition: EnvironmentDefinition, lock: string | null): Promise<PinnedEnvironment> {
    if (definition.node !== undefined) return this.nodes.pin(definition);
    const python = await this.pythons.find(definition.python);
    const key = toCanonicalJson({
      ...definition,
      lockDigest: lock === null ? null : toDigest(lock),
      executable: python.executable,
      version: python.version,
    });
    const known = this.pinned.get(key);
    if (known !== undefined) return known;
    const environment = pinEnvironment(definition, lock, python);
    this.pinned.set(key, environment);
    return environment;
  }

  async findPython(specifier: string): Promise<string> {
    return (await this.pythons.find(specifier)).executable;
  }

  async runTests(environment: PinnedEnvironment, request: ModuleTestRequest, signal: AbortSignal): Promise<ModuleTestAnswer> {
    const { stateFolder, runnerFolder, environment: agent } = this.options;
    const place = { stateFolder, runnerFolder, agent, python: await this.toPython(environment), variables: environment.variables };
    if (request.launch === true) return { tests: [], output: '', launch: await launchTests(place, request) };
    return this.track(runModuleTests(place, request, AbortSignal.any([signal, this.ending.signal])));
  }

  async prepare(environment: PinnedEnvironment, lock: string | null, report: Report, signal: AbortSignal): Promise<PreparedEnvironment> {
    if (environment.node !== undefined) return this.nodes.prepare(environment);
    const prepared = await this.track(this.maker.prepare(environment, lock, report, AbortSignal.any([signal, this.ending.signal])));
    if (prepared.made) this.made.add(environment.digest);
    return prepared;
  }

  async isReady(environment: PinnedEnvironment): Promise<boolean> {
    return environment.node !== undefined || (await this.maker.isMade(environment));
  }

  async warm(environment: PinnedEnvironment, preload: readonly string[]): Promise<void> {
    if (environment.node !== undefined) return this.nodes.warm(environment, null);
    const slot = await this.openSlot(environment);
    await slot.warm(preload);
  }

  compile(environment: PinnedEnvironment, files: readonly { readonly path: string; readonly digest: string }[]): void {
    this.pool.find(environment.digest)?.compile(files);
  }

  launch(request: LaunchRequest, signal: AbortSignal): Promise<Outcome> {
    if (signal.aborted) return Promise.resolve({ kind: 'cancelled' });
    if (this.ending.signal.aborted) return Promise.resolve({ kind: 'lost', message: 'the runtime has ended' });
    if (request.environment.node !== undefined) return this.track(this.nodes.launch(request, signal));
    if (request.fresh !== undefined) return this.track(this.runFresh(request, request.fresh, signal));
    const slot = this.pool.find(request.environment.digest);
    const spare = slot?.take(request.preload);
    // With a spare the task is written to its socket here, before anything is awaited.
    const launched =
      slot === undefined || spare === undefined ? this.acquireAndRun(request, signal) : this.run(slot, spare, 'forked', request, signal);
    return this.track(launched);
  }

  workers(): readonly WorkerSummary[] {
    return [...this.pool.list((worker) => this.kept.find(worker)), ...this.nodes.workers()];
  }

  notes(): readonly string[] {
    return [...this.installerNotes, ...this.pool.notes()];
  }

  dispose(): Promise<void> {
    this.disposal ??= this.end();
    return this.disposal;
  }

  /** Remembers work that `dispose` waits for. */
  private track<T>(work: Promise<T>): Promise<T> {
    this.running.add(work);
    const forget = (): void => {
      this.running.delete(work);
    };
    work.then(forget, forget);
    return work;
  }

  private async end(): Promise<void> {
    this.ending.abort(new CairnError('cancelled', 'the runtime has ended'));
    this.sweeper.stop();
    this.nodes.dispose();
    await this.pool.dispose();
    await Promise.allSettled(this.running);
    await this.maker.settle();
  }

  private async acquireAndRun(request: LaunchRequest, signal: AbortSignal): Promise<Outcome> {
    const begun = this.options.clock.monotonic();
    let slot: ZygoteSlot;
    let acquired: Acquired | undefined;
    try {
      slot = await this.openSlot(request.environment);
      acquired = await acquireUnlessAborted(slot, request.preload, signal);
    } catch (error) {
      return this.toStartFailure(error, this.options.clock.monotonic() - begun);
    }
    if (acquired === undefined) return { kind: 'cancelled' };
    return this.run(slot, acquired.worker, acquired.mode, request, signal);
  }

  private async runFresh(request: LaunchRequest, fresh: NonNullable<LaunchRequest['fresh']>, signal: AbortSignal): Promise<Outcome> {
    const { limits, memory, options } = this;
    const begun = options.clock.monotonic();
    let worker: Worker;
    try {
      worker = await this.pool.startFresh(request.environment, await this.toPython(request.environment), fresh);
    } catch (error) {
      return this.toStartFailure(error, options.clock.monotonic() - begun);
    }
    const sweep = (): Promise<void> => this.sweeper.now(worker.options.token);
    const outcome = await new Attempt({ worker, mode: 'spawned', request, limits, clock: options.clock, memory, sweep }).run(signal);
    await sweep();
    return outcome;
  }

  private async run(slot: ZygoteSlot, worker: Worker, mode: StartMode, request: LaunchRequest, signal: AbortSignal): Promise<Outcome> {
    const {
      limits,
      memory,
      options: { clock },
    } = this;
    const isFirst = this.made.delete(request.environment.digest);
    const attempt = new Attempt({
      worker,
      mode: isFirst ? 'cold' : mode,
      request,
      limits,
      clock,
      memory,
      sweep: () => this.sweeper.now(worker.options.token),
    });
    const outcome = await attempt.run(signal);
    if (this.ending.signal.aborted) return outcome;
    slot.replenish();
    if (hasAnswered(outcome)) this.sweeper.later(worker.options.token);
    else await this.sweeper.now(worker.options.token);
    return outcome;
  }

  private createKept(): KeptWorkers {
    const { limits, memory, sweeper } = this;
    const { clock } = this.options;
    return new KeptWorkers({
      limits,
      clock,
      memory,
      sweeper,
      start: async ({ environment, preload }, signal) => {
        // The end of the runtime ends its processes, and with them what runs in them.
        if (this.ending.signal.aborted) return undefined;
        const slot = await this.openSlot(environment);
        const ready = slot.take(preload);
        const worker = ready ?? (await acquireUnlessAborted(slot, preload, signal))?.worker;
        slot.replenish();
        return worker;
      },
      toFailure: (error) => this.toStartFailure(error, 0),
      toPlace: (worker) => this.pool.toPlace(worker),
    });
  }

  /** Environments are prepared before tasks are launched; after a restart of the agent what is on the disk counts. */
  private async openSlot(environment: PinnedEnvironment): Promise<ZygoteSlot> {
    const known = this.pool.find(environment.digest);
    if (known !== undefined) return known;
    return this.pool.open(environment, await this.toPython(environment));
  }

  private async toPython(environment: PinnedEnvironment): Promise<string> {
    return this.maker.getPython(environment.digest) ?? this.maker.locate(environment, this.ending.signal);
  }

  private toStartFailure(error: unknown, seconds: number): Outcome {
    if (this.ending.signal.aborted) return { kind: 'lost', message: 'the runtime has ended' };
    const code: TaskErrorCode | undefined =
      error instanceof WorkerStartError ? 'worker-start-failed' : error instanceof CairnError ? 'environment-failed' : undefined;
    if (code === undefined || !(error instanceof Error)) throw error;
    return { kind: 'failed', failure: 'infrastructure', error: { code, message: error.message }, seconds };
  }

  private createMaker(): EnvironmentMaker {
    const { stateFolder, environment, uv, clock } = this.options;
    const variables = { ...toInstallerVariables(environment), CAIRN_OWNER: toOwner(stateFolder) };
    const finder = new UvFinder({ uv, stateFolder, agent: environment, installer: variables });
    const note = (message: string): void => {
      this.installerNotes.add(message);
    };
    return new EnvironmentMaker({ stateFolder, pythons: this.pythons, clock, installer: { uv: finder, variables, note } });
  }
}

/** What the user's code itself ended with; a process that only vanished may have left more behind than its group. */
function hasAnswered(outcome: Outcome): boolean {
  return (
    outcome.kind === 'succeeded' || (outcome.kind === 'failed' && outcome.error.code !== 'killed' && outcome.error.code !== 'worker-lost')
  );
}

/** `undefined` = aborted first; the worker that comes then waits for another task. */
async function acquireUnlessAborted(slot: ZygoteSlot, preload: readonly string[], signal: AbortSignal): Promise<Acquired | undefined> {
  const acquiring = slot.acquire(preload);
  let stop: () => void = () => undefined;
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
  const acquired = await Promise.race([acquiring, aborted]).finally(() => signal.removeEventListener('abort', stop));
  if (acquired !== undefined && !signal.aborted) return acquired;
  const giveBack = (late: Acquired): void => slot.giveBack(late);
  acquiring.then(giveBack, () => undefined);
  return undefined;
}
