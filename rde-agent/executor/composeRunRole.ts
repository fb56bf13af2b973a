import type { Digest } from '../../language/model/names.ts';
import { CairnError } from '../protocol/errors.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { BlobBytes } from '../protocol/roles.ts';
import { toRunSummary } from '../protocol/runDocument.ts';
import type { Principal } from '../protocol/who.ts';
import { Access } from './access.ts';
import { BesideStreams } from './besideStreams.ts';
import { BlobCache } from './blobCache.ts';
import { BundleChanges } from './bundleChanges.ts';
import { CacheKeeper, NO_CACHE_CONFIG, type CacheKeeperOptions } from './cacheKeeper.ts';
import { Clusters } from './clusters.ts';
import { CodeTrees } from './codeTrees.ts';
import { createReleases, toTagSources } from './composeReleases.ts';
import { Environments } from './environments.ts';
import { RunHub } from './hub.ts';
import { Inputs } from './inputs.ts';
import { Manifests } from './manifests.ts';
import { PlanMemo } from './planMemo.ts';
import { OutputPreviews } from './preview/outputPreviews.ts';
import { Published } from './published.ts';
import { PushedWorkflows } from './pushedWorkflows.ts';
import { Pushes } from './pushes.ts';
import { Received } from './received.ts';
import { Requests } from './requests.ts';
import { resolveTags } from './resolveTags.ts';
import { ResultCache } from './resultCache.ts';
import { RunComparisons } from './runComparisons.ts';
import { RunKeeper } from './runKeeper.ts';
import { RunNotes } from './runNotes.ts';
import { RunReads } from './runReads.ts';
import type { RunRoleOptions } from './runRoleOptions.ts';
import { RunStarts } from './runStarts.ts';
import { Schedules } from './schedules.ts';
import { toScope } from './scopes.ts';
import { ScratchFolders } from './scratchFolders.ts';
import { Slots } from './slots.ts';
import { Sources } from './sources.ts';
import type { TagMoves } from './tagMoves.ts';
import { TagReferences } from './tagReferences.ts';
import { TraceJudge } from './traceJudge.ts';
import { Traces } from './traces.ts';

/** Who cancels what a schedule replaces. */
const AGENT: Principal = { id: 'agent' };

type Ground = ReturnType<typeof createGround>;
type Keeping = Pick<RunRoleParts, 'cache' | 'clusters' | 'keeper' | 'plans' | 'access'>;

/** What the run role is made of. */
export interface RunRoleParts extends Pick<RunRoleOptions, 'store' | 'hash'> {
  readonly stopping: AbortController;
  readonly hub: RunHub;
  readonly blobs: BlobCache;
  readonly manifests: Manifests;
  readonly results: ResultCache;
  readonly requests: Requests;
  readonly sources: Sources | undefined;
  readonly cache: CacheKeeper;
  readonly clusters: Clusters;
  readonly keeper: RunKeeper;
  readonly plans: PlanMemo;
  readonly access: Access;
  readonly reads: RunReads;
  readonly starts: RunStarts;
  readonly comparisons: RunComparisons;
  readonly published: Published;
  readonly pushed: PushedWorkflows;
  readonly pushes: Pushes;
  readonly schedules: Schedules;
  readonly releases: TagMoves;
  readonly receive: (blobs: readonly BlobBytes[]) => Received;
  /** Throws `agent-unreachable` once it stops. */
  readonly assertOpen: () => void;
}

/** Builds each part once and tells it the others; nothing runs yet. */
export function composeRunRole(options: RunRoleOptions): RunRoleParts {
  const ground = createGround(options);
  const { store, hash, clock, faults } = options;
  let pushes: Pushes | undefined = undefined;
  const onRemoved = (digests: readonly Digest[]): void => {
    ground.forget(digests);
    pushes?.forget();
  };
  // Nothing tells of itself before everything is there.
  const plansChanged = (): void => pushed.news.plansChanged();
  const keeping = createKeeping(options, ground, { onRemoved, onCollected: plansChanged });
  const starting = createStarts(options, ground, keeping);
  const tags = toTagSources(store, ground.blobs);
  const resolve = (definition: PinnedWorkflow): Promise<PinnedWorkflow> => resolveTags(definition, { ...tags, hash });
  const references: TagReferences = new TagReferences({
    workflows: () => store.projections.workflows(),
    read: (each) => published.read(each),
  });
  const learn: TagReferences['learn'] = (digest, definition) => references.learn(digest, definition);
  const published: Published = new Published({ store, hash, resolve, learn, start: (request) => starting.starts.start(request) });
  pushes = new Pushes({ store, clock, faults, published, onTurn: plansChanged });
  const reads = new RunReads(store, keeping.keeper.library, keeping.access, ground.previews);
  const schedules = createSchedules(options, ground, { ...keeping, ...starting, published });
  const releases = createTagMoves(options, ground, { ...keeping, references, pushes, schedules });
  const pushed = createPushed(options, ground, keeping, published);
  return { ...ground, ...keeping, ...starting, store, hash, reads, published, pushed, pushes, schedules, releases };
}

function createPushed(
  { readWorkflow = () => undefined }: RunRoleOptions,
  { blobs, hub }: Ground,
  { cache }: Keeping,
  published: Published,
): PushedWorkflows {
  const pushed = new PushedWorkflows({ published, blobs, readWorkflow });
  hub.onDidChangeRuns(({ run }) => {
    if (run.state !== 'queued' && run.state !== 'running') pushed.news.plansChanged();
  });
  cache.rules.distrusts.onDidChange = () => pushed.news.plansChanged();
  return pushed;
}

function createTagMoves(
  { store, clock, webhooks = [] }: RunRoleOptions,
  { requests, receive, assertOpen, blobs }: Ground,
  {
    access,
    keeper,
    references,
    pushes,
    schedules,
  }: Pick<RunRoleParts, 'access' | 'keeper' | 'pushes' | 'schedules'> & { readonly references: TagReferences },
): TagMoves {
  return createReleases({
    store,
    clock,
    access,
    requests,
    references,
    release: toTagSources(store, blobs).release,
    assertOpen,
    received: () => receive([]),
    inTurn: (work) => pushes.inTurn(work),
    library: () => keeper.library,
    isStarted: (workflow) => schedules.isActive(workflow) || webhooks.includes(workflow),
  });
}

/** Content, code and places: what everything else stands on. */
function createGround(options: RunRoleOptions) {
  const { store, hash, clock, logger, folders, analysis } = options;
  const stopping = new AbortController();
  const blobs = new BlobCache(store.blobs);
  const manifests = new Manifests(blobs);
  const trees = new CodeTrees(folders.trees, blobs, manifests, hash);
  const judge = new TraceJudge({ traces: new Traces(blobs), manifests, analysis, hash });
  const previews = options.preview && new OutputPreviews(options.preview, blobs);
  const results = new ResultCache({
    projections: store.projections,
    blobs,
    manifests,
    clock,
    judge,
    bundles: new BundleChanges(manifests),
    logger,
    hash,
  });
  return {
    stopping,
    hub: new RunHub(logger),
    blobs,
    manifests,
    trees,
    results,
    requests: new Requests(store.events, hash),
    sources: options.sources && new Sources({ ...options.sources, blobs, manifests, versions: store.projections, hash, clock }),
    beside: new BesideStreams(store.events),
    previews,
    slots: new Slots(options.slots, options.clusterSlots, () => clock.monotonic()),
    environments: new Environments(blobs, stopping.signal),
    inputs: new Inputs(blobs, trees),
    scratch: new ScratchFolders(folders.scratch, logger),
    receive: (sent: readonly BlobBytes[]) => new Received(sent, blobs, manifests, hash),
    assertOpen: () => {
      if (stopping.signal.aborted) throw new CairnError('agent-unreachable', 'The agent is stopping and takes no new work');
    },
    /** What was known to be here is not any more. */
    forget: (digests: readonly Digest[]) => {
      for (const digest of digests) {
        blobs.forget(digest);
        manifests.forget(digest);
      }
      previews?.forget(digests);
      results.soundness.distrust();
    },
  };
}

/** The runs that are open, and the rules of what is kept of them. */
function createKeeping(options: RunRoleOptions, ground: Ground, told: Pick<CacheKeeperOptions, 'onRemoved' | 'onCollected'>): Keeping {
  const { trees, inputs, environments, scratch, slots, beside, hub } = ground;
  const { readSecret, faults } = options;
  // Each asks the other only when something runs.
  const library = (): RunKeeper['library'] => keeper.library;
  const notes = new RunNotes({ store: options.store, clock: options.clock, hub, library });
  const cache = new CacheKeeper({
    ...options,
    slots,
    beside,
    config: options.cache ?? NO_CACHE_CONFIG,
    library,
    auditServices: { trees, inputs, environments, scratch, readSecret },
    faults,
    ...told,
    tell: (run, event) => notes.add(run, event),
    onPinned: (run, pinned) => hub.runsChanged({ type: 'runChanged', run: { ...toRunSummary(library().get(run).view), pinned } }),
  });
  hub.onDidRecord((_run, recorded) => cache.count(recorded));
  const clusters = new Clusters({ runtimes: options.runtimes, slots, now: () => options.clock.now() });
  hub.onDidRecord((run, recorded) => clusters.note(run, recorded));
  const keeper: RunKeeper = new RunKeeper({
    ...ground,
    store: options.store,
    clock: options.clock,
    hash: options.hash,
    logger: options.logger,
    faults,
    rules: cache.rules,
    isTracing: options.analysis !== undefined,
    newId: options.newId,
    authorize: options.authorize,
    runtimes: options.runtimes,
    readSecret,
    takeUpAfter: options.takeUpAfter ?? 5,
  });
  return { cache, clusters, keeper, plans: new PlanMemo(cache.rules.distrusts), access: new Access(options.authorize, library) };
}

function createStarts(options: RunRoleOptions, ground: Ground, keeping: Keeping): Pick<RunRoleParts, 'starts' | 'comparisons'> {
  const { store, hash, clock, runtimes, newId, readSecret, folders } = options;
  const { blobs, manifests, results, environments, requests, receive, assertOpen, stopping } = ground;
  const { access, keeper } = keeping;
  const starts = new RunStarts({
    store,
    hash,
    runtimes,
    newId,
    keeper,
    requests,
    receive,
    ask: (who, workspace, scope) => access.ask(who, 'submit', { kind: 'workspace', id: workspace }, scope),
    assertOpen,
  });
  const comparisons = new RunComparisons(access, starts, keeper, {
    store,
    blobs,
    manifests,
    results,
    environments,
    runtimes,
    readSecret,
    clock,
    hash,
    folder: folders.scratch,
    signal: stopping.signal,
  });
  return { starts, comparisons };
}

function createSchedules(
  { store, clock, logger, nextFires = () => [] }: RunRoleOptions,
  { beside, requests, hub }: Ground,
  { keeper, starts, published }: Pick<RunRoleParts, 'keeper' | 'starts' | 'published'>,
): Schedules {
  const schedules = new Schedules({
    store,
    clock,
    logger,
    nextFires,
    beside,
    published,
    requests,
    start: (request) => starts.start(request),
    cancel: async (run) => {
      const open = keeper.library.open.get(run);
      if (open === undefined || open.isFinished) return;
      await open.cancel(AGENT.id);
      await open.ended;
    },
    stateOf: (run) => keeper.library.find(run)?.view.state,
    scope: toScope('experiment'),
  });
  hub.onDidChangeRuns(({ run }) => schedules.runChanged(run.run, run.state));
  return schedules;
}
