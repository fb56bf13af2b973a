import type { ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
import { GraphPanel } from '../../../webviews/workflowGraph/components/GraphPanel.tsx';
import '../../../webviews/workflowGraph/workflowGraph.css';
import type { PushedWorkflow } from '../../protocol/portalDocuments.ts';
import { Empty } from '../app/Empty.tsx';
import { usePortal } from '../app/portalContext.ts';
import { RouteLink } from '../app/RouteLink.tsx';
import { toAgo, toMoment } from '../app/times.ts';
import { useFetched, useRuns, useWorkflows, useWorkspaces } from '../app/useFollowed.ts';
import { useMinutes } from '../app/useMinutes.ts';
import { GraphHost } from '../panels/graphHost.ts';
import { createPushedSource } from '../panels/pushedSource.ts';
import { createSavedSource } from '../panels/savedSource.ts';
import { useHost } from '../panels/useHost.ts';
import { toPath } from '../routes.ts';
import { PanelPage } from './PanelPage.tsx';
import { RunTable } from './RunTable.tsx';

/** Where a workflow can be had from; at least one of them. */
interface Known {
  readonly name: string;
  /** of the first workspace that is open and has it */
  readonly root: string | undefined;
  readonly pushed: PushedWorkflow | undefined;
}

/** One workflow as a graph: as it is saved where its workspace is open, else (or where it is asked for) as it was pushed. */
export function WorkflowPage({ name, isPushed }: { readonly name: string; readonly isPushed: boolean }): ReactNode {
  const workflows = useWorkflows();
  const workspaces = useWorkspaces();
  if (workflows === null || workspaces === null) return <p className="quiet page-text">{t('Waiting for the agent…')}</p>;
  const root = workspaces.find((workspace) => workspace.workflows.some((one) => one.name === name))?.root;
  const pushed = workflows.workflows.find(({ workflow }) => workflow === name);
  const known = { name, root, pushed };
  if (pushed !== undefined && (isPushed || root === undefined)) return <PushedGraph {...known} pushed={pushed} />;
  return root === undefined ? <PastRuns name={name} /> : <SavedGraph {...known} root={root} />;
}

function SavedGraph(known: Known & { readonly root: string }): ReactNode {
  const portal = usePortal();
  const { root, name } = known;
  const key = `${root} ${name}`;
  const made = useHost(key, () => new GraphHost(portal, key, createSavedSource(portal.link, root, name), name));
  return (
    <PanelPage panel="workflowGraph" crumbs={toCrumbs(name, root)} actions={<Versions {...known} shown="saved" />}>
      {made !== null && <GraphPanel host={made.host} />}
    </PanelPage>
  );
}

function PushedGraph(known: Known & { readonly pushed: PushedWorkflow }): ReactNode {
  const portal = usePortal();
  const { name, pushed } = known;
  const key = toPath({ kind: 'workflow', workflow: name, as: 'pushed' });
  const made = useHost(key, () => new GraphHost(portal, key, createPushedSource(portal, name), name));
  return (
    <PanelPage panel="workflowGraph" crumbs={toCrumbs(name, pushed.workspace)} actions={<Versions {...known} shown="pushed" />}>
      {made !== null && <GraphPanel host={made.host} />}
    </PanelPage>
  );
}

function toCrumbs(name: string, whole: string) {
  return [
    { title: t('Workflows'), to: { kind: 'workflows' } as const },
    { title: name, whole },
  ];
}

/** Which of them is shown, and the way to the other where there is one. */
function Versions({ name, root, pushed, shown }: Known & { readonly shown: 'saved' | 'pushed' }): ReactNode {
  const now = useMinutes();
  const asPushed = pushed === undefined ? undefined : t('Pushed {0}', toAgo(pushed.at, now));
  if (root === undefined || asPushed === undefined) {
    return asPushed === undefined ? (
      <span className="quiet">{t('Not pushed')}</span>
    ) : (
      <span className="quiet" title={toAbout(pushed)}>
        {asPushed}
      </span>
    );
  }
  return (
    <nav className="versions" aria-label={t('Version')}>
      <RouteLink to={{ kind: 'workflow', workflow: name }} title={root} isCurrent={shown === 'saved'}>
        {t('As saved')}
      </RouteLink>
      <RouteLink to={{ kind: 'workflow', workflow: name, as: 'pushed' }} title={toAbout(pushed)} isCurrent={shown === 'pushed'}>
        {asPushed}
      </RouteLink>
    </nav>
  );
}

function toAbout(pushed: PushedWorkflow | undefined): string | undefined {
  return pushed && t('Pushed {0} from {1} by {2}', toMoment(pushed.at), pushed.workspace, pushed.by.replace(/^local:/, ''));
}

/** One that was run, is in no workspace that is open and was never pushed. */
function PastRuns({ name }: { readonly name: string }): ReactNode {
  const { document: listed } = useFetched('run.list', { workflow: name, limit: 50 }, { runs: useRuns() });
  if (listed?.runs.length === 0) {
    return (
      <main className="page">
        <h1 className="sr-only">{name}</h1>
        <Empty icon="search" title={t('No workflow {0} is known', name)}>
          <RouteLink to={{ kind: 'workflows' }} className="button primary">
            {t('Show the workflows')}
          </RouteLink>
        </Empty>
      </main>
    );
  }
  return (
    <main className="page">
      <header className="page-head">
        <h1>{name}</h1>
        <p className="quiet">{t('It was not pushed, and is in no workspace that is open: these are its runs.')}</p>
      </header>
      {listed !== null && <RunTable runs={listed.runs} />}
    </main>
  );
}
