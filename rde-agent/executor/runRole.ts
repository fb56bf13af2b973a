import { toPlan } from '../engine/plan.ts';
import type { Hash } from '../engine/hash.ts';
import { toTaskGraph, type TaskGraph } from '../engine/taskGraph.ts';
import type { Clock, NewId } from '../protocol/clock.ts';
import { CairnError } from '../protocol/errors.ts';
import type { Logger } from '../protocol/logger.ts';
import type { PinnedWorkflow } from '../protocol/pinned.ts';
import type { PushRequest, RunRole, SubmitRequest } from '../protocol/roles.ts';
import { toRunDocument } from '../protocol/runDocument.ts';
import type { Action, Authorize, Principal, Resource, Scope } from '../protocol/who.ts';
import type { Runtime } from '../runtimes/runtime.ts';
import type { Store } from '../store/store.ts';
import { BlobCache } from './blobCache.ts';
import { CodeTrees } from './codeTrees.ts';
import { Environments } from './environments.ts';
import type { Faults } from './faults.ts';
import { RunHub } from './hub.ts';
import { Inputs } from './inputs.ts';
import { Manifests } from './manifests.ts';
import { Pushes } from './pushes.ts';
import { Received } from './received.ts';
import { Requests } from './requests.ts';
import { ResultCache } from './resultCache.ts';
import { RunKeeper } from './runKeeper.ts';
import { readLogs } from './runLogs.ts';
import { Slots } from './slots.ts';
import { explainTask } from './why.ts';

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
  /** tasks at once, over all runs */
  readonly slots: number;
  readonly faults?: Faults;
}

export interface StartedRunRole extends RunRole {
  /** Goes on with every run that an earlier agent left open. */
  start(): Promise<void>;
  /** Stops what runs and leaves it open; resolves when its processes are gone and the record is durable. Idempotent. */
  stop(): Promise<void>;
}

/** The tenant of an agent of one's own. */
const TENANT = 'local';

/** Runs things and knows everything about runs. */
export function createRunRole(options: RunRoleOptions): StartedRunRole {
  const { store, hash } = options;
  const faults = options.faults;
  const blobs = new BlobCache(store.blobs);
  const manifests = new Manifests(blobs);
  const trees = new CodeTrees(options.folders.trees, blobs, manifests, hash);
  const results = new ResultCache(store.projections, blobs, manifests, options.clock);
  const hub = new RunHub(options.logger);
  const stopping = new AbortController();
  const environments = new Environments(blobs, stopping.signal);
  const keeper = new RunKeeper({
    store, clock: options.clock, hash, logger: options.logger, faults, trees, environments, results, hub, blobs, newId: options.newId, authorize: options.authorize,
    inputs: new Inputs(blobs, trees), scratch: options.folders.scratch, runtimes: options.runtimes, slots: new Slots(options.slots),
  });
  const { library } = keeper;
  const requests = new Requests(store.events, hash);
  const pushes = new Pushes({ store, clock: options.clock, faults });

  const toScope = (domain: Scope['domain']): Scope => ({ tenant: TENANT, domain });
  const ask = (who: Principal, action: Action, resource: Resource, scope: Scope): void => {
    const decision = options.authorize(who, action, resource, scope);
    if (decision.kind === 'deny') throw new CairnError('denied', decision.reason);
  };
  const askRun = (who: Principal, action: Action, run: string): ReturnType<typeof library.get> => {
    const known = library.find(run);
    ask(who, action, { kind: 'run', id: run }, known?.scope ?? toScope('experiment'));
    return library.get(run);
  };
  const assertOpen = (): void => {
    if (stopping.signal.aborted) throw new CairnError('agent-unreachable', 'The agent is stopping and takes no new work');
  };

  async function submit(request: SubmitRequest, who: Principal): Promise<{ readonly run: string }> {
    const { definition, force, from, key } = request;
    const scope = toScope(definition.domain);
    ask(who, 'submit', { kind: 'workspace', id: definition.workspace }, scope);
    assertOpen();
    return requests.once(key, { operation: 'submit', who: who.id, definition, force, from }, async (toRecord) => {
      const run = options.newId();
      const graph = toTaskGraph(definition, { id: run, nominalTime: null }, from);
      const received = new Received(request.blobs, blobs, manifests, hash);
      await assertComplete(graph, received);
      const small = await received.store(store.blobs);
      await keeper.begin({ run, request, graph, who, scope, record: toRecord({ run }), blobs: small });
      return { run };
    });
  }

  /** Everything that the run will need is here, so that it cannot fail for that later. */
  async function assertComplete(graph: TaskGraph, received: Received): Promise<void> {
    for (const step of graph.definition.steps) {
      if (options.runtimes[step.cluster] === undefined) throw new CairnError('invalid-request', `step ${step.id} runs on cluster ${step.cluster}, which this agent does not have`);
      await received.artifact(step.artifact, step.name);
    }
    for (const { lock, name } of graph.definition.environments) if (lock !== null) received.assertHas(lock, `the lock file of environment ${name}`);
  }

  function push(request: PushRequest, who: Principal): ReturnType<RunRole['push']> {
    const scope = toScope('experiment');
    ask(who, 'write', { kind: 'workspace', id: request.workspace }, scope);
    assertOpen();
    const { key, blobs: bytes, ...body } = request;
    return requests.once(key, { operation: 'push', who: who.id, ...body }, async (toRecord) => {
      const document = await pushes.push(request, new Received(bytes, blobs, manifests, hash), who, scope, toRecord);
      for (const { artifact } of request.artifacts) keeper.preload(artifact);
      return document;
    });
  }

  async function plan(definition: PinnedWorkflow, from: string | null, who: Principal): ReturnType<RunRole['plan']> {
    const scope = toScope(definition.domain);
    ask(who, 'read', { kind: 'workspace', id: definition.workspace }, scope);
    const graph = toTaskGraph(definition, { id: '', nominalTime: null }, from);
    // Known manifests let a reason name the file; without them it names the module.
    await Promise.all(definition.steps.map((step) => manifests.load(step.artifact).catch(() => undefined)));
    return toPlan(graph, { scope, hash, cache: results.lookup(), expectedSeconds: (module) => store.projections.expectedSeconds(module) });
  }

  async function cancel(run: string, key: string, who: Principal): ReturnType<RunRole['cancel']> {
    askRun(who, 'submit', run);
    const open = library.open.get(run);
    if (open === undefined || open.isFinished) return { v: 1, run, state: library.get(run).view.state };
    return requests.once(key, { operation: 'cancel', who: who.id, run }, async (toRecord) => {
      await open.cancel(who.id, toRecord({ v: 1, run, state: 'cancelled' }));
      await open.ended;
      return { v: 1, run, state: 'cancelled' };
    });
  }

  return {
    submit, push, plan, cancel,
    missing: (digests) => digests.filter((digest) => !blobs.has(digest)),
    list(query, who) {
      ask(who, 'read', { kind: 'agent', id: TENANT }, toScope('experiment'));
      const { limit, after, workflow } = query;
      const runs = store.projections.runs({ limit: limit + 1, ...(after === undefined ? {} : { after }), ...(workflow === undefined ? {} : { workflow }) });
      const last = runs.length > limit ? runs[limit - 1] : undefined;
      return { v: 1, runs: runs.slice(0, limit), ...(last === undefined ? {} : { after: last.run }) };
    },
    show: (run, who) => toRunDocument(askRun(who, 'read', run).view),
    why: (run, step, who) => explainTask(askRun(who, 'read', run).view, step),
    async logs(query, who, signal) {
      askRun(who, 'read', query.run);
      const open = library.open.get(query.run);
      return readLogs(store.logs, query, { isOpen: () => library.open.has(query.run), ended: open?.ended ?? Promise.resolve() }, signal);
    },
    tags: (module) => Object.fromEntries(store.projections.tags(module).map((record) => [record.tag, record.artifact])),
    pushedTree: (workspace) => store.projections.pushedTree(workspace),
    view(run, who) {
      ask(who, 'read', { kind: 'run', id: run }, library.find(run)?.scope ?? toScope('experiment'));
      const known = library.find(run);
      return known && { view: known.view, seq: known.seq, durable: known.durable };
    },
    events(run, after, who) {
      askRun(who, 'read', run);
      return library.events(run, after);
    },
    runsView(who) {
      ask(who, 'read', { kind: 'agent', id: TENANT }, toScope('experiment'));
      return library.shown();
    },
    onDidRecord: (listener) => hub.onDidRecord(listener),
    onDidCommit: (listener) => hub.onDidCommit(listener),
    onDidChangeRuns: (listener) => hub.onDidChangeRuns(listener),
    active: () => library.open.size,
    start: () => keeper.recover(),
    async stop() {
      stopping.abort();
      await keeper.stop();
    },
  };
}
