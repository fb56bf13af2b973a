import type { Digest } from '../../language/model/names.ts';
import type { NextFires } from '../../language/model/schedule.ts';
import type { Hash } from '../engine/hash.ts';
import type { ReadSecret } from '../protocol/agentConfig.ts';
import type { Clock, NewId } from '../protocol/clock.ts';
import type {
  CancelDocument,
  DatasetVersion,
  LineageDocument,
  PlanDocument,
  PushDocument,
  RunDocument,
  RunsDocument,
  SchedulesDocument,
  TriggerDocument,
  WhyDocument,
} from '../protocol/documents.ts';
import { CairnError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import type { CheckedParamsOf } from '../protocol/operations.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { BlobBytes, Disposable, PushRequest, CacheRole, ReadSource, RunRole, SubmitRequest } from '../protocol/roles.ts';
import type { Recorded, RunEvent } from '../protocol/runEvents.ts';
import type { RunsView } from '../protocol/runsView.ts';
import type { Authorize, Principal } from '../protocol/who.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { Store } from '../store/store.ts';
import { Access } from './access.ts';
import { BesideStreams } from './besideStreams.ts';
import { BlobCache } from './blobCache.ts';
import { createCacheOperations } from './cacheOperations.ts';
import { CacheKeeper, NO_CACHE_CONFIG } from './cacheKeeper.ts';
import type { CacheConfig } from './cacheRules.ts';
import { CodeTrees } from './codeTrees.ts';
import { Environments } from './environments.ts';
import type { Faults } from '../protocol/faults.ts';
import { RunHub, type CommitListener, type RecordListener, type RunsListener } from './hub.ts';
import { Inputs } from './inputs.ts';
import { Manifests } from './manifests.ts';
import { planRun } from './planRun.ts';
import { Published, type ViaWebhook } from './published.ts';
import { Pushes } from './pushes.ts';
import { Received } from './received.ts';
import { Requests } from './requests.ts';
import { ResultCache } from './resultCache.ts';
import { RunKeeper } from './runKeeper.ts';
import type { LogAnswer } from './runLogs.ts';
import { RunReads } from './runReads.ts';
import { RunComparisons } from './runComparisons.ts';
import { RunStarts } from './runStarts.ts';
import { Schedules } from './schedules.ts';
import { toScope } from './scopes.ts';
import { readStanding } from './standings.ts';
import { ScratchFolders } from './scratchFolders.ts';
import { Slots } from './slots.ts';
import { Sources, type SourceAccess } from './sources.ts';
import type { TraceAnalysis } from './traceAnalysis.ts';
import { TraceJudge } from './traceJudge.ts';
import { Traces } from './traces.ts';

export interface RunRoleOptions {
  readonly store: Store;
  /** by cluster name; every agent has `local` */
  readonly runtimes: { readonly [cluster: string]: Runtime };
  readonly clock: Clock;
  readonly newId: NewId;
  readonly authorize: Authorize;
  readonly logger: Logger;
  readonly hash: Hash;
  /** `trees`: code of modules, may be deleted while the agent is stopped; `scratch`: private folders of attempts, emptied at start */
  readonly folders: { readonly trees: string; readonly scratch: string };
  /** tasks at once, over all runs, on each cluster that `clusterSlots` does not name */
  readonly slots: number;
  readonly clusterSlots?: { readonly [cluster: string]: number };
  /** values of the secrets that environments name; absent = there are none */
  readonly readSecret?: ReadSecret;
  /** datasets that the agent fetches; absent = it fetches none */
  readonly sources?: SourceAccess;
  /** fire times of schedules; absent = there are none */
  readonly nextFires?: NextFires;
  readonly faults?: Faults;
  /** what judges traces of earlier results; absent = only equal keys are reused, and nothing is traced */
  readonly analysis?: TraceAnalysis;
  /** seconds until a run whose record could not be written is taken up again; default 5 */
  readonly takeUpAfter?: number;
  /** absent = nothing is audited, no failure is remembered, and old results go only when somebody asks */
  readonly cache?: CacheConfig;
}

export interface StartedRunRole extends RunRole {
  /** Goes on with every run that an earlier agent left open. */
  start(): Promise<void>;
  /** Stops what runs and leaves it open; resolves when its processes are gone and the record is durable. Idempotent. */
  stop(): Promise<void>;
  /** number of schedules that will fire, as long as the agent runs */
  scheduled(): number;
}

/** Who cancels what a schedule replaces. */
const AGENT: Principal = { id: 'agent' };

/** Runs things and knows everything about runs. */
export function createRunRole(options: RunRoleOptions): StartedRunRole {
  return new LocalRunRole(options);
}

class LocalRunRole implements StartedRunRole {
  readonly #options: RunRoleOptions;
  readonly #store: Store;
  readonly #hub: RunHub;
  readonly #blobs: BlobCache;
  readonly #manifests: Manifests;
  readonly #results: ResultCache;
  readonly #keeper: RunKeeper;
  readonly #cache: CacheKeeper;
  readonly cache: CacheRole;
  readonly #requests: Requests;
  readonly #pushes: Pushes;
  readonly #starts: RunStarts;
  readonly #published: Published;
  readonly #schedules: Schedules;
  readonly #sources: Sources | undefined;
  readonly #access: Access;
  readonly #reads: RunReads;
  readonly #comparisons: RunComparisons;
  readonly #stopping = new AbortController();

  constructor(options: RunRoleOptions) {
    const { store, hash, clock, logger, faults, folders } = options;
    this.#options = options;
    this.#store = store;
    this.#hub = new RunHub(logger);
    this.#blobs = new BlobCache(store.blobs);
    this.#manifests = new Manifests(this.#blobs);
    this.#results = toResults(options, this.#blobs, this.#manifests);
    this.#requests = new Requests(store.events, hash);
    this.#sources = toSources(options, this.#blobs, this.#manifests);
    const trees = new CodeTrees(folders.trees, this.#blobs, this.#manifests, hash);
    const beside = new BesideStreams(store.events);
    const slots = new Slots(options.slots, options.clusterSlots);
    const environments = new Environments(this.#blobs, this.#stopping.signal);
    const inputs = new Inputs(this.#blobs, trees);
    const scratch = new ScratchFolders(folders.scratch, logger);
    this.#cache = new CacheKeeper({
      ...options,
      slots,
      beside,
      config: options.cache ?? NO_CACHE_CONFIG,
      library: () => this.#keeper.library,
      auditServices: { trees, inputs, environments, scratch, readSecret: options.readSecret },
      faults,
      onRemoved: (digests) => this.#forget(digests),
    });
    this.#hub.onDidRecord((_run, recorded) => this.#cache.count(recorded));
    this.#keeper = new RunKeeper({
      store,
      clock,
      hash,
      logger,
      faults,
      trees,
      results: this.#results,
      rules: this.#cache.rules,
      isTracing: options.analysis !== undefined,
      hub: this.#hub,
      blobs: this.#blobs,
      newId: options.newId,
      authorize: options.authorize,
      environments,
      inputs,
      scratch,
      runtimes: options.runtimes,
      beside,
      readSecret: options.readSecret,
      sources: this.#sources,
      slots,
      takeUpAfter: options.takeUpAfter ?? 5,
    });
    this.#access = new Access(options.authorize, () => this.#keeper.library);
    this.cache = createCacheOperations(this.#cache, this.#access);
    this.#reads = new RunReads(store, this.#keeper.library, this.#access);
    this.#starts = new RunStarts({
      store,
      hash,
      runtimes: options.runtimes,
      newId: options.newId,
      keeper: this.#keeper,
      requests: this.#requests,
      receive: (blobs) => this.#receive(blobs),
      ask: (who, workspace, scope) => this.#access.ask(who, 'submit', { kind: 'workspace', id: workspace }, scope),
      assertOpen: () => this.#assertOpen(),
    });
    this.#comparisons = new RunComparisons(this.#access, this.#starts, this.#keeper, {
      store,
      blobs: this.#blobs,
      manifests: this.#manifests,
      results: this.#results,
      environments,
      runtimes: options.runtimes,
      readSecret: options.readSecret,
      clock,
      hash,
      folder: folders.scratch,
      signal: this.#stopping.signal,
    });
    this.#published = new Published({ store, hash, start: (request) => this.#starts.start(request) });
    this.#pushes = new Pushes({ store, clock, faults, published: this.#published });
    this.#schedules = this.#createSchedules(beside);
  }

  #createSchedules(beside: BesideStreams): Schedules {
    const { store, clock, logger, nextFires = () => [] } = this.#options;
    const schedules = new Schedules({
      store,
      clock,
      logger,
      nextFires,
      beside,
      published: this.#published,
      requests: this.#requests,
      start: (request) => this.#starts.start(request),
      cancel: async (run) => {
        const open = this.#keeper.library.open.get(run);
        if (open === undefined || open.isFinished) return;
        await open.cancel(AGENT.id);
        await open.ended;
      },
      stateOf: (run) => this.#keeper.library.find(run)?.view.state,
      scope: toScope('experiment'),
    });
    this.#hub.onDidChangeRuns(({ run }) => {
      if (run.state !== 'queued' && run.state !== 'running') schedules.runEnded(run.run);
    });
    return schedules;
  }

  async start(): Promise<void> {
    await this.#keeper.recover();
    await this.#schedules.open();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#schedules.stop();
    await Promise.all([this.#keeper.stop(), this.#cache.stop()]);
  }

  missing(digests: readonly Digest[]): readonly Digest[] {
    return digests.filter((digest) => !this.#blobs.has(digest));
  }

  async push(request: PushRequest, who: Principal): Promise<PushDocument> {
    const scope = toScope('experiment');
    this.#access.ask(who, 'write', { kind: 'workspace', id: request.workspace }, scope);
    this.#assertOpen();
    const { key, blobs, ...body } = request;
    return this.#requests.once<PushDocument>(key, { operation: 'push', who: who.id, ...body }, async (toRecord) => {
      const document = await this.#pushes.push(request, this.#receive(blobs), who, scope, toRecord);
      for (const { artifact } of request.artifacts) this.#keeper.preload(artifact);
      await this.#schedules.published(request.workflows ?? []);
      return document;
    });
  }

  async submit(request: SubmitRequest, who: Principal): Promise<{ readonly run: string }> {
    if (request.fork !== undefined) this.#access.askRun(who, 'read', request.fork);
    return this.#starts.submit(request, who);
  }

  async rerun(request: CheckedParamsOf<'run.rerun'>, who: Principal): Promise<{ readonly run: string }> {
    this.#access.askRun(who, 'read', request.run);
    return this.#starts.rerun(request, who);
  }

  async clone(request: CheckedParamsOf<'run.clone'>, who: Principal): Promise<{ readonly run: string }> {
    this.#access.askRun(who, 'read', request.run);
    return this.#starts.clone(request, who);
  }

  receipt(run: string, who: Principal): ReturnType<RunRole['receipt']> {
    return this.#comparisons.receipt(run, who);
  }
  export(request: CheckedParamsOf<'run.export'>, who: Principal): ReturnType<RunRole['export']> {
    return this.#comparisons.export(request, who);
  }
  replay(request: CheckedParamsOf<'run.replay'>, who: Principal): ReturnType<RunRole['replay']> {
    return this.#comparisons.replay(request, who);
  }
  replayed(run: string, who: Principal): ReturnType<RunRole['replayed']> {
    return this.#comparisons.replayed(run, who);
  }
  diff(request: CheckedParamsOf<'run.diff'>, who: Principal): ReturnType<RunRole['diff']> {
    return this.#comparisons.diff(request, who);
  }

  async trigger(request: CheckedParamsOf<'run.trigger'>, who: Principal, via?: ViaWebhook): Promise<TriggerDocument> {
    // Who may not trigger is not told what there is to trigger.
    if (!this.#published.knows(request.workflow)) this.#access.askAgent(who, 'submit');
    return this.#published.trigger(request, who, via);
  }

  schedules(workflow: string | undefined, who: Principal): SchedulesDocument {
    this.#access.askAgent(who);
    return this.#schedules.list(workflow);
  }

  async changeSchedule(request: CheckedParamsOf<'schedule.change'>, who: Principal): Promise<SchedulesDocument> {
    this.#access.askAgent(who, 'submit');
    this.#assertOpen();
    return this.#schedules.change(request, who);
  }

  scheduled(): number {
    return this.#schedules.active;
  }

  lineage(target: string, who: Principal): LineageDocument {
    return this.#reads.lineage(target, who);
  }
  datasetVersions(dataset: string, who: Principal): readonly DatasetVersion[] {
    return this.#reads.datasetVersions(dataset, who);
  }

  async plan(
    definition: PinnedWorkflow,
    from: string | null,
    who: Principal,
    manifests: readonly BlobBytes[] = [],
    readSource?: ReadSource,
    forked?: string,
  ): Promise<PlanDocument> {
    const scope = toScope(definition.domain);
    this.#access.ask(who, 'read', { kind: 'workspace', id: definition.workspace }, scope);
    const sources = this.#sources;
    if (forked !== undefined) this.#access.askRun(who, 'read', forked);
    const fork = forked === undefined ? undefined : this.#starts.read(forked);
    const { hash } = this.#options;
    return planRun(
      { who, definition, from, fork, scope, sent: manifests, readSource },
      {
        hash,
        standingOf: (run) => readStanding(run, this.#keeper.library, hash),
        blobs: this.#blobs,
        manifests: this.#manifests,
        results: this.#results,
        rules: this.#cache.rules,
        projections: this.#store.projections,
        versionOf: sources && ((node) => sources.peek(node)),
      },
    );
  }

  async cancel(run: string, key: string, who: Principal): Promise<CancelDocument> {
    const known = this.#access.askRun(who, 'submit', run);
    const open = this.#keeper.library.open.get(run);
    if (open === undefined || open.isFinished) return { v: 1, run, state: known.view.state };
    return this.#requests.once<CancelDocument>(key, { operation: 'cancel', who: who.id, run }, async (toRecord) => {
      const document: CancelDocument = { v: 1, run, state: 'cancelled' };
      await open.cancel(who.id, toRecord(document));
      await open.ended;
      return document;
    });
  }

  list(query: CheckedParamsOf<'run.list'>, who: Principal): RunsDocument {
    return this.#reads.list(query, who);
  }
  show(run: string, who: Principal): RunDocument {
    return this.#reads.show(run, who);
  }
  why(run: string, step: string, who: Principal): WhyDocument {
    return this.#reads.why(run, step, who);
  }
  async logs(query: CheckedParamsOf<'run.logs'>, who: Principal, signal: AbortSignal): Promise<LogAnswer> {
    return this.#reads.logs(query, who, signal);
  }
  tagged(module: string, tag: string): ReturnType<RunRole['tagged']> {
    return this.#reads.tagged(module, tag);
  }
  tags(module: string): { readonly [tag: string]: string } {
    return this.#reads.tags(module);
  }
  pushedTree(workspace: string): Digest | undefined {
    return this.#reads.pushedTree(workspace);
  }
  view(run: string, who: Principal): ReturnType<RunRole['view']> {
    return this.#reads.view(run, who);
  }
  events(run: string, after: number, who: Principal): readonly Recorded<RunEvent>[] {
    return this.#reads.events(run, after, who);
  }
  runsView(who: Principal): RunsView {
    return this.#reads.runsView(who);
  }

  onDidRecord(listener: RecordListener): Disposable {
    return this.#hub.onDidRecord(listener);
  }
  onDidCommit(listener: CommitListener): Disposable {
    return this.#hub.onDidCommit(listener);
  }
  onDidChangeRuns(listener: RunsListener): Disposable {
    return this.#hub.onDidChangeRuns(listener);
  }

  active(): number {
    return this.#keeper.library.open.size;
  }

  /** What was known to be here is not any more. */
  #forget(digests: readonly Digest[]): void {
    for (const digest of digests) {
      this.#blobs.forget(digest);
      this.#manifests.forget(digest);
    }
    this.#results.soundness.distrust();
    this.#pushes.forget();
  }

  #receive(blobs: readonly BlobBytes[]): Received {
    return new Received(blobs, this.#blobs, this.#manifests, this.#options.hash);
  }

  #assertOpen(): void {
    if (this.#stopping.signal.aborted) throw new CairnError('agent-unreachable', 'The agent is stopping and takes no new work');
  }
}

function toResults({ store, hash, clock, logger, analysis }: RunRoleOptions, blobs: BlobCache, manifests: Manifests): ResultCache {
  const judge = new TraceJudge({ traces: new Traces(blobs), manifests, analysis, hash });
  return new ResultCache({ projections: store.projections, blobs, manifests, clock, judge, logger, hash });
}

function toSources({ sources, store, hash, clock }: RunRoleOptions, blobs: BlobCache, manifests: Manifests): Sources | undefined {
  return sources && new Sources({ ...sources, blobs, manifests, versions: store.projections, hash, clock });
}
