import { AgentClient } from '../../rde-agent/client/agentClient.ts';
import type { ConnectionState } from '../../rde-agent/client/reconnect.ts';
import { VERSION } from '../../rde-agent/client/version.ts';
import { reduceClusters, type ClustersAction, type ClustersView } from '../../rde-agent/protocol/clustersView.ts';
import type { OperationName, ParamsOf, ResultOf } from '../../rde-agent/protocol/operations.ts';
import type { Recorded, RunEvent } from '../../rde-agent/protocol/runEvents.ts';
import { NO_RUNS, reduceRuns, type RunsAction, type RunsView } from '../../rde-agent/protocol/runsView.ts';
import { reduceRun, reduceRunEvents, type RunView } from '../../rde-agent/protocol/runView.ts';
import { reduceSchedules, type SchedulesAction, type SchedulesView } from '../../rde-agent/protocol/schedulesView.ts';
import { CLUSTERS_URI, RUNS_URI, SCHEDULES_URI, toRunUri, toWorkspaceUri } from '../../rde-agent/protocol/wire.ts';
import { reduceWorkspace, type WorkspaceAction, type WorkspaceView } from '../../rde-agent/protocol/workspaceView.ts';
import { Emitter, type Disposable } from './emitter.ts';
import { isOlder } from './versions.ts';

/** How the link stands, for people: `idle` until something needs the agent. */
export type LinkState = { readonly kind: 'idle' } | ConnectionState;

export interface AgentLinkOptions {
  readonly stateFolder: string;
  readonly ensureAgent: () => Promise<void>;
  readonly onError: (error: unknown) => void;
}

interface FollowedRun {
  readonly subscription: Disposable;
  readonly listeners: Set<(view: RunView) => void>;
  view: RunView | undefined;
}

/**
 * The extension's one link to the agent. Nothing is opened before the first use. Holds the newest known states, so that
 * they stay on screen while the link is down.
 */
export class AgentLink {
  readonly #options: AgentLinkOptions;
  readonly #workspaces = new Map<string, WorkspaceView>();
  readonly #followedRoots = new Map<string, Disposable>();
  readonly #followedRuns = new Map<string, FollowedRun>();
  readonly #stateChanged: Emitter<LinkState>;
  readonly #workspaceChanged: Emitter<WorkspaceView>;
  readonly #runsChanged: Emitter<RunsView>;
  #client: AgentClient | undefined;
  #runs: RunsView = NO_RUNS;
  #lastLive = new Date().toISOString();

  constructor(options: AgentLinkOptions) {
    this.#options = options;
    this.#stateChanged = new Emitter(options.onError);
    this.#workspaceChanged = new Emitter(options.onError);
    this.#runsChanged = new Emitter(options.onError);
  }

  get onDidChangeState() {
    return this.#stateChanged.event;
  }
  get onDidChangeWorkspace() {
    return this.#workspaceChanged.event;
  }
  get onDidChangeRuns() {
    return this.#runsChanged.event;
  }

  get state(): LinkState {
    return this.#client?.state ?? { kind: 'idle' };
  }

  /** RFC 3339: when what is shown was last known to be true. */
  get lastLive(): string {
    return this.state.kind === 'open' ? new Date().toISOString() : this.#lastLive;
  }

  get runs(): RunsView {
    return this.#runs;
  }

  workspace(root: string): WorkspaceView | undefined {
    return this.#workspaces.get(root);
  }

  /** Connects, starting an agent if none runs. Does nothing when a connection is there or under way. */
  connect(): void {
    this.#connected();
  }

  /** Tries again now: a person asked. */
  retry(): void {
    this.#connected().retry();
  }

  async request<N extends OperationName>(name: N, params: ParamsOf<N>, signal?: AbortSignal): Promise<ResultOf<N>> {
    return this.#connected().request(name, params, signal);
  }

  get stateFolder(): string {
    return this.#options.stateFolder;
  }

  /** Opens a workspace and answers its state. Rejects with what the agent says, or with `agent-unreachable`. */
  async openWorkspace(root: string): Promise<WorkspaceView> {
    await this.request('workspace.open', { root });
    this.followRoot(root);
    const known = this.#workspaces.get(root);
    if (known !== undefined) return known;
    return new Promise((resolve) => {
      const listening = this.onDidChangeWorkspace(() => {
        const view = this.#workspaces.get(root);
        if (view === undefined) return;
        listening.dispose();
        resolve(view);
      });
    });
  }

  /** Opens a workspace and keeps its view in step from then on. */
  followRoot(root: string): void {
    if (this.#followedRoots.has(root)) return;
    const subscription = this.#connected().subscribe<WorkspaceView, WorkspaceAction>({
      uri: toWorkspaceUri(root),
      reduce: reduceWorkspace,
      onDidChange: (view) => {
        this.#workspaces.set(root, view);
        this.#workspaceChanged.fire(view);
      },
      onDidFail: (error) => {
        this.#followedRoots.delete(root);
        this.#options.onError(error);
      },
    });
    this.#followedRoots.set(root, subscription);
  }

  /** Calls `listener` with the run's state now (if known) and at every change, until disposed. */
  followRun(run: string, listener: (view: RunView) => void): Disposable {
    const followed = this.#followedRuns.get(run) ?? this.#startFollowing(run);
    followed.listeners.add(listener);
    if (followed.view !== undefined) listener(followed.view);
    return { dispose: () => this.#unfollow(run, listener) };
  }

  /** Calls `listener` with what the clusters do, now and at every change, until disposed. The agent looks only while somebody follows. */
  followClusters(listener: (view: ClustersView) => void): Disposable {
    return this.#connected().subscribe<ClustersView, ClustersAction>({
      uri: CLUSTERS_URI,
      reduce: reduceClusters,
      onDidChange: listener,
      onDidFail: this.#options.onError,
    });
  }

  /** Calls `listener` now and at every change of a schedule, until disposed. */
  followSchedules(listener: (view: SchedulesView) => void): Disposable {
    return this.#connected().subscribe<SchedulesView, SchedulesAction>({
      uri: SCHEDULES_URI,
      reduce: reduceSchedules,
      onDidChange: listener,
      onDidFail: this.#options.onError,
    });
  }

  runView(run: string): RunView | undefined {
    return this.#followedRuns.get(run)?.view;
  }

  dispose(): void {
    this.#client?.dispose();
    this.#client = undefined;
  }

  #startFollowing(run: string): FollowedRun {
    const listeners = new Set<(view: RunView) => void>();
    const subscription = this.#connected().subscribe<RunView, Recorded<RunEvent>>({
      uri: toRunUri(run),
      reduce: reduceRun,
      reduceAll: reduceRunEvents,
      onDidChange: (view) => {
        followed.view = view;
        for (const each of [...listeners]) each(view);
      },
      onDidFail: this.#options.onError,
    });
    const followed: FollowedRun = { subscription, listeners, view: undefined };
    this.#followedRuns.set(run, followed);
    return followed;
  }

  #unfollow(run: string, listener: (view: RunView) => void): void {
    const followed = this.#followedRuns.get(run);
    if (followed?.listeners.delete(listener) !== true || followed.listeners.size > 0) return;
    followed.subscription.dispose();
    this.#followedRuns.delete(run);
  }

  #connected(): AgentClient {
    if (this.#client !== undefined) return this.#client;
    const client = new AgentClient({
      stateFolder: this.#options.stateFolder,
      client: 'extension',
      ensureAgent: this.#options.ensureAgent,
      patience: 30_000,
    });
    this.#client = client;
    client.onDidChangeState((state) => {
      if (state.kind === 'waiting' || state.kind === 'refused') this.#lastLive = new Date(state.since).toISOString();
      this.#stateChanged.fire(state);
      if (state.kind === 'open') void this.#replaceOlder(client);
    });
    client.subscribe<RunsView, RunsAction>({
      uri: RUNS_URI,
      reduce: reduceRuns,
      onDidChange: (runs) => {
        this.#runs = runs;
        this.#runsChanged.fire(runs);
      },
      onDidFail: this.#options.onError,
    });
    this.#stateChanged.fire(client.state);
    return client;
  }

  /** An agent of an older version that has nothing to do is ended: the next connection starts the one that came with this extension. */
  async #replaceOlder(client: AgentClient): Promise<void> {
    const version = client.hello?.agent;
    if (version === undefined || !isOlder(version, VERSION)) return;
    try {
      const { runs } = await client.request('run.list', { limit: 100 });
      if (runs.some((run) => run.state === 'queued' || run.state === 'running')) return;
      await client.request('agent.stop', {});
    } catch (error) {
      this.#options.onError(error); // the older one speaks our protocol: it is used as it is
    }
  }
}
