import type { ConnectionState } from '../../client/reconnect.ts';
import { WireClient } from '../../client/wireClient.ts';
import { reduceClusters, type ClustersAction, type ClustersView } from '../../protocol/clustersView.ts';
import type { OperationName, ParamsOf, ResultOf } from '../../protocol/operations.ts';
import type { Disposable } from '../../protocol/roles.ts';
import type { Recorded, RunEvent } from '../../protocol/runEvents.ts';
import { reduceRuns, type RunsAction, type RunsView } from '../../protocol/runsView.ts';
import { reduceRun, type RunView } from '../../protocol/runView.ts';
import { reduceSchedules, type SchedulesAction, type SchedulesView } from '../../protocol/schedulesView.ts';
import { CLUSTERS_URI, RUNS_URI, SCHEDULES_URI, WORKFLOWS_URI, toRunUri, toWorkspaceUri } from '../../protocol/wire.ts';
import { reduceWorkflows, type WorkflowsAction, type WorkflowsView } from '../../protocol/workflowsView.ts';
import { reduceWorkspace, type WorkspaceAction, type WorkspaceView } from '../../protocol/workspaceView.ts';
import { openBrowserSession } from './browserSession.ts';

/** milliseconds after which an attempt to connect is told to a person as a wait */
const PATIENCE = 30_000;

/** The portal's one connection with the agent; it reconnects by itself, for ever. */
export class PortalLink {
  readonly #client = new WireClient({ open: openBrowserSession, patience: PATIENCE });
  #lastLive = new Date().toISOString();

  constructor() {
    this.#client.onDidChangeState((state) => {
      if (state.kind === 'waiting' || state.kind === 'refused') this.#lastLive = new Date(state.since).toISOString();
    });
  }

  get state(): ConnectionState {
    return this.#client.state;
  }

  /** RFC 3339: when what is shown was last known to be true. */
  get lastLive(): string {
    return this.state.kind === 'open' ? new Date().toISOString() : this.#lastLive;
  }

  onDidChangeState(listener: (state: ConnectionState) => void): Disposable {
    return this.#client.onDidChangeState(listener);
  }

  /** Tries again now: a person asked, or has signed in. */
  retry(): void {
    this.#client.retry();
  }

  request<N extends OperationName>(name: N, params: ParamsOf<N>, signal?: AbortSignal): Promise<ResultOf<N>> {
    return this.#client.request(name, params, signal);
  }

  followRuns(listener: (view: RunsView) => void): Disposable {
    return this.#client.subscribe<RunsView, RunsAction>({ uri: RUNS_URI, reduce: reduceRuns, onDidChange: listener });
  }

  followClusters(listener: (view: ClustersView) => void): Disposable {
    return this.#client.subscribe<ClustersView, ClustersAction>({ uri: CLUSTERS_URI, reduce: reduceClusters, onDidChange: listener });
  }

  followSchedules(listener: (view: SchedulesView) => void): Disposable {
    return this.#client.subscribe<SchedulesView, SchedulesAction>({ uri: SCHEDULES_URI, reduce: reduceSchedules, onDidChange: listener });
  }

  followWorkflows(listener: (view: WorkflowsView) => void): Disposable {
    return this.#client.subscribe<WorkflowsView, WorkflowsAction>({ uri: WORKFLOWS_URI, reduce: reduceWorkflows, onDidChange: listener });
  }

  /** `onDidFail`: the agent knows no such run, or does not show it. */
  followRun(run: string, listener: (view: RunView) => void, onDidFail: (error: Error) => void = () => undefined): Disposable {
    return this.#client.subscribe<RunView, Recorded<RunEvent>>({ uri: toRunUri(run), reduce: reduceRun, onDidChange: listener, onDidFail });
  }

  followWorkspace(root: string, listener: (view: WorkspaceView) => void, onDidFail: (error: Error) => void = () => undefined): Disposable {
    const uri = toWorkspaceUri(root);
    return this.#client.subscribe<WorkspaceView, WorkspaceAction>({ uri, reduce: reduceWorkspace, onDidChange: listener, onDidFail });
  }
}

/** A key of its own for each thing that a person asks for. */
export function newKey(): string {
  return crypto.randomUUID();
}
