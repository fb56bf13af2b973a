import { CairnError } from '../protocol/errors.ts';
import type { RunRole, WorkspaceRole } from '../protocol/roles.ts';
import type { RunsAction } from '../protocol/runsView.ts';
import { LIMITS, RUNS_URI, toRunUri, toWorkspaceUri, type ActionsParams, type Since, type SubscribeResult } from '../protocol/wire.ts';
import type { Authorize, Principal } from '../protocol/who.ts';
import type { WorkspaceAction } from '../protocol/workspaceView.ts';
import { gatherActions } from './gatheredActions.ts';
import { assertAllowed } from './handlers.ts';
import { createFeed, fromRing, toFeedSources, type Feed } from './feed.ts';
import { createRing, type Ring } from './ring.ts';

/** Where the actions of one subscription go: one sink follows one uri. Must not throw. */
export type Sink = (params: ActionsParams) => void;

export interface HubOptions {
  readonly runRole: RunRole;
  readonly workspaceRole: WorkspaceRole;
  readonly authorize: Authorize;
  readonly epoch: string;
}

/** All followed states of the agent and who follows them. */
export interface SubscriptionHub {
  /**
   * Answers the present state (or what is missing since) and sends every later action to `sink`, without a hole between the two.
   * Rejects with `unknown-run`, `no-workspace`, `denied` or `invalid-request`.
   */
  subscribe(uri: string, since: Since | undefined, who: Principal, sink: Sink): Promise<SubscribeResult>;
  unsubscribe(sink: Sink): void;
  dispose(): void;
}

/** Missing events of a run that are still sent one by one; past it a snapshot is smaller. */
const LONGEST_REPLAY = 20_000;

export function createSubscriptionHub(options: HubOptions): SubscriptionHub {
  const followers = createFollowers();
  const runs = createRing<RunsAction>(LIMITS.ring);
  const workspaces = new Map<string, Ring<WorkspaceAction>>();
  const gathered = gatherActions((params) => followers.send(params));
  const publish = (params: ActionsParams): void => gathered.publish(params);
  const listening = [
    options.runRole.onDidRecord((run, recorded) => {
      const [first] = recorded;
      if (first !== undefined) publish({ uri: toRunUri(run), from: first.seq, actions: recorded, durable: false });
    }),
    options.runRole.onDidCommit((run, seq) => publish({ uri: toRunUri(run), from: seq + 1, actions: [], durable: true })),
    options.runRole.onDidChangeRuns((action) => {
      runs.push(action);
      publish({ uri: RUNS_URI, from: runs.seq, actions: [action], durable: true });
    }),
    options.workspaceRole.onDidChange((root, seq, action) => {
      const ring = workspaces.get(root);
      if (ring?.seq === seq - 1) ring.push(action);
      else workspaces.set(root, startRing(seq, action));
      publish({ uri: toWorkspaceUri(root), from: seq, actions: [action], durable: true });
    }),
  ];
  const feeds = new Map(toFeedSources(options.runRole).map((source) => [source.uri, createFeed(source, options.epoch, publish)] as const));
  return {
    async subscribe(uri, since, who, sink) {
      const target = await prepare(options, uri, who, feeds);
      if (target.kind === 'feed') target.feed.follow(sink, who);
      const result = answer(options, target, since, who, { runs, workspaces });
      followers.add(target.uri, uri, sink);
      if (target.kind === 'run') setImmediate(() => confirm(options, target, who, sink));
      return result;
    },
    unsubscribe: (sink) => {
      followers.delete(sink);
      for (const feed of feeds.values()) feed.leave(sink);
    },
    dispose: () => {
      gathered.flush();
      listening.forEach((listener) => listener.dispose());
      for (const feed of feeds.values()) feed.dispose();
    },
  };
}

interface Rings {
  readonly runs: Ring<RunsAction>;
  readonly workspaces: ReadonlyMap<string, Ring<WorkspaceAction>>;
}

function startRing(seq: number, action: WorkspaceAction): Ring<WorkspaceAction> {
  const ring = createRing<WorkspaceAction>(LIMITS.ring, seq - 1);
  ring.push(action);
  return ring;
}

type Target =
  | { readonly kind: 'run'; readonly uri: string; readonly run: string }
  | { readonly kind: 'runs'; readonly uri: string }
  | { readonly kind: 'feed'; readonly uri: string; readonly feed: Feed }
  | { readonly kind: 'workspace'; readonly uri: string; readonly root: string };

/** Reads the uri and does what has to be waited for: a workspace is opened on demand. */
async function prepare(options: HubOptions, uri: string, who: Principal, feeds: ReadonlyMap<string, Feed>): Promise<Target> {
  if (uri === RUNS_URI) return { kind: 'runs', uri };
  const feed = feeds.get(uri);
  if (feed !== undefined) return { kind: 'feed', uri, feed };
  if (/^run:\/[\w-]{1,64}$/.test(uri)) return { kind: 'run', uri, run: uri.slice('run:/'.length) };
  const root = readRoot(uri);
  if (root === undefined) throw new CairnError('invalid-request', `Nothing can be followed at ${JSON.stringify(uri.slice(0, 200))}.`);
  assertAllowed(options.authorize, 'workspace.open', who, { kind: 'workspace', id: root });
  const opened = await options.workspaceRole.open(root);
  return { kind: 'workspace', uri: opened.uri, root: readRoot(opened.uri) ?? root };
}

function readRoot(uri: string): string | undefined {
  if (!uri.startsWith('workspace:/')) return undefined;
  try {
    return decodeURIComponent(uri.slice('workspace:/'.length));
  } catch {
    return undefined; // a broken percent escape
  }
}

function answer(
  options: HubOptions,
  target: Target,
  since: Since | undefined,
  who: Principal,
  { runs, workspaces }: Rings,
): SubscribeResult {
  const { epoch } = options;
  switch (target.kind) {
    case 'run':
      return answerRun(options, target.run, since, who);
    case 'runs':
      return fromRing(epoch, runs, since) ?? { kind: 'snapshot', epoch, seq: runs.seq, state: options.runRole.runsView(who) };
    case 'feed':
      return target.feed.answer(since, who);
    case 'workspace': {
      const found = options.workspaceRole.view(target.root);
      if (found === undefined) throw new CairnError('no-workspace', `${target.root} is not an open workspace.`);
      const ring = workspaces.get(target.root);
      const missing = ring?.seq === found.seq ? fromRing(epoch, ring, since) : undefined;
      return missing ?? { kind: 'snapshot', epoch, seq: found.seq, state: found.view };
    }
  }
}

/** A run's stream is on disk, so its numbers mean the same in every epoch. */
function answerRun(options: HubOptions, run: string, since: Since | undefined, who: Principal): SubscribeResult {
  const { epoch, runRole } = options;
  const found = runRole.view(run, who);
  if (found === undefined) throw new CairnError('unknown-run', `There is no run ${run}.`);
  if (since !== undefined && since.seq <= found.seq && found.seq - since.seq <= LONGEST_REPLAY) {
    const actions = since.seq === found.seq ? [] : runRole.events(run, since.seq, who);
    if (actions.length === found.seq - since.seq) return { kind: 'actions', epoch, seq: found.seq, actions };
  }
  return { kind: 'snapshot', epoch, seq: found.seq, state: found.view };
}

/** An answer holds events whose commit is under way; which of them are on disk is said after it. */
function confirm(options: HubOptions, target: { readonly uri: string; readonly run: string }, who: Principal, sink: Sink): void {
  const found = options.runRole.view(target.run, who);
  if (found !== undefined) sink({ uri: target.uri, from: found.durable + 1, actions: [], durable: true });
}

interface Followers {
  /** `asked` = the uri as the client wrote it, which may name a workspace by another path; it is what the client is sent. */
  add(uri: string, asked: string, sink: Sink): void;
  delete(sink: Sink): void;
  send(params: ActionsParams): void;
}

function createFollowers(): Followers {
  const byUri = new Map<string, Map<Sink, string>>();
  const uris = new WeakMap<Sink, string>();
  return {
    add(uri, asked, sink) {
      uris.set(sink, uri);
      byUri.set(uri, (byUri.get(uri) ?? new Map<Sink, string>()).set(sink, asked));
    },
    delete(sink) {
      const uri = uris.get(sink) ?? '';
      const sinks = byUri.get(uri);
      if (sinks?.delete(sink) === true && sinks.size === 0) byUri.delete(uri);
    },
    send: (params) => byUri.get(params.uri)?.forEach((asked, sink) => sink(asked === params.uri ? params : { ...params, uri: asked })),
  };
}
