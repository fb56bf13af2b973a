import { useEffect, useEffectEvent, useState } from 'react';
import { toCairnError, type CairnError } from '../../protocol/errors.ts';
import type { ClustersView } from '../../protocol/clustersView.ts';
import type { OperationName, ParamsOf, ResultOf } from '../../protocol/operations.ts';
import type { Disposable } from '../../protocol/roles.ts';
import { NO_RUNS, type RunsView } from '../../protocol/runsView.ts';
import type { SchedulesView } from '../../protocol/schedulesView.ts';
import type { WorkflowsView } from '../../protocol/workflowsView.ts';
import type { WorkspaceView } from '../../protocol/workspaceView.ts';
import type { PortalLink } from '../wire/portalLink.ts';
import { usePortal } from './portalContext.ts';

/** milliseconds between looks at what nobody tells about */
const LOOK_AGAIN = 10_000;

/** The newest runs, live; `null` until they have come. */
export function useRuns(): RunsView | null {
  return useFollowed((link, listener: (view: RunsView) => void) => link.followRuns(listener));
}

/** What the clusters are doing, live. */
export function useClusters(): ClustersView | null {
  return useFollowed((link, listener: (view: ClustersView) => void) => link.followClusters(listener));
}

/** The schedules, live. */
export function useSchedules(): SchedulesView | null {
  return useFollowed((link, listener: (view: SchedulesView) => void) => link.followSchedules(listener));
}

/** Workflows as they were pushed, live. */
export function useWorkflows(): WorkflowsView | null {
  return useFollowed((link, listener: (view: WorkflowsView) => void) => link.followWorkflows(listener));
}

function useFollowed<V>(follow: (link: PortalLink, listener: (view: V) => void) => Disposable): V | null {
  const { link } = usePortal();
  const [view, setView] = useState<V | null>(null);
  const begin = useEffectEvent(follow);
  useEffect(() => {
    const followed = begin(link, setView);
    return () => followed.dispose();
  }, [link]);
  return view;
}

/** A document of the agent with what went wrong instead of it, or with what came before it. */
export interface Fetched<T> {
  readonly document: T | null;
  readonly error: CairnError | null;
}

/** What says that a document may be another one. */
export interface FetchWhen {
  /** whenever one of these begins or ends */
  readonly runs?: RunsView | null;
  /** nobody tells of it: again and again, while the page is in sight */
  readonly isUntold?: boolean;
}

/**
 * What an operation answers: asked at first, when the agent is back, and when something says that it may be another. What was answered last stays
 * while it cannot be asked.
 */
export function useFetched<N extends OperationName>(
  name: N,
  params: ParamsOf<N>,
  { runs = NO_RUNS, isUntold = false }: FetchWhen,
): Fetched<ResultOf<N>> {
  const { link } = usePortal();
  const [fetched, setFetched] = useState<Fetched<ResultOf<N>>>({ document: null, error: null });
  const turn = useTurns(link, isUntold);
  const asked = JSON.stringify(params);
  const states = toStates(runs);
  useEffect(() => {
    const stop = new AbortController();
    link.request(name, JSON.parse(asked) as ParamsOf<N>, stop.signal).then(
      (document) => stop.signal.aborted || setFetched({ document, error: null }),
      (thrown: unknown) => {
        const error = toCairnError(thrown);
        if (error.code !== 'cancelled') setFetched((before) => ({ document: before.document, error }));
      },
    );
    return () => stop.abort();
  }, [link, name, asked, turn, states]);
  return fetched;
}

/** Another number whenever it is time to ask again. */
function useTurns(link: PortalLink, isUntold: boolean): number {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const again = (): void => setTurn((before) => before + 1);
    const listening = link.onDidChangeState(({ kind }) => {
      if (kind === 'open') again();
    });
    const timer = isUntold ? setInterval(() => document.hidden || again(), LOOK_AGAIN) : undefined;
    return () => {
      listening.dispose();
      clearInterval(timer);
    };
  }, [link, isUntold]);
  return turn;
}

/** Another text whenever one of them begins or ends. */
function toStates(runs: RunsView | null): string {
  return (runs?.runs ?? []).map(({ run, state }) => `${run} ${state}`).join('\n');
}

/** The workspaces that the agent has open, live. */
export function useWorkspaces(): readonly WorkspaceView[] | null {
  const { link } = usePortal();
  const { document: listed } = useFetched('workspace.list', {}, { isUntold: true });
  const [views, setViews] = useState<ReadonlyMap<string, WorkspaceView>>(new Map());
  const roots = listed?.workspaces.map(({ root }) => root).join('\n');
  useEffect(() => {
    const followed: Disposable[] = (roots ?? '').split('\n').flatMap((root) => {
      if (root === '') return [];
      return [link.followWorkspace(root, (view) => setViews((before) => new Map(before).set(root, view)))];
    });
    return () => followed.forEach((one) => one.dispose());
  }, [link, roots]);
  if (roots === undefined) return null;
  const known = roots.split('\n').flatMap((root) => views.get(root) ?? []);
  return known.length === roots.split('\n').filter((root) => root !== '').length ? known : null;
}
