import type { ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
import { GraphPanel } from '../../../webviews/workflowGraph/components/GraphPanel.tsx';
import '../../../webviews/workflowGraph/workflowGraph.css';
import type { PushedWorkflow } from '../../protocol/portalDocuments.ts';
import { Empty } from '../app/Empty.tsx';
import { usePortal } from '../app/portalContext.ts';
import { RouteLink } from '../app/RouteLink.tsx';
import { toMoment } from '../app/times.ts';
import { useFetched, useRuns, useWorkspaces } from '../app/useFollowed.ts';
import { startWorkflow } from '../dialogs/startWorkflow.tsx';
import { GraphHost } from '../panels/graphHost.ts';
import { useHost } from '../panels/useHost.ts';
import { PanelPage } from './PanelPage.tsx';
import { RunTable } from './RunTable.tsx';

/** One workflow: its graph where its workspace is open, else what was pushed of it and its runs. */
export function WorkflowPage({ name }: { readonly name: string }): ReactNode {
  const { document: pushed } = useFetched('workflow.list', {});
  const workspaces = useWorkspaces();
  if (pushed === null || workspaces === null) return <p className="quiet page-text">{t('Waiting for the agent…')}</p>;
  const root = workspaces.find(({ workflows }) => workflows.some((one) => one.name === name))?.root;
  const asPushed = pushed.workflows.find(({ workflow }) => workflow === name);
  return root !== undefined ? <Graph root={root} name={name} /> : <Pushed name={name} pushed={asPushed} />;
}

function Graph({ root, name }: { readonly root: string; readonly name: string }): ReactNode {
  const portal = usePortal();
  const made = useHost(`${root} ${name}`, () => new GraphHost(portal, root, name));
  return (
    <PanelPage
      panel="workflowGraph"
      crumbs={[
        { title: t('Workflows'), to: { kind: 'workflows' } },
        { title: name, whole: root },
      ]}
    >
      {made !== null && <GraphPanel host={made.host} />}
    </PanelPage>
  );
}

function Pushed({ name, pushed }: { readonly name: string; readonly pushed: PushedWorkflow | undefined }): ReactNode {
  const portal = usePortal();
  const runs = useRuns();
  const { document: listed } = useFetched('run.list', { workflow: name, limit: 50 }, runs);
  if (pushed === undefined && listed?.runs.length === 0) {
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
        {pushed !== undefined && <p className="quiet">{toAbout(pushed)}</p>}
        {pushed !== undefined && (
          <div className="page-actions">
            <button type="button" className="primary" onClick={() => startWorkflow(portal, name)}>
              {t('Start…')}
            </button>
          </div>
        )}
      </header>
      {listed !== null && listed.runs.length > 0 && <RunTable runs={listed.runs} />}
    </main>
  );
}

function toAbout({ steps, at, workspace, by }: PushedWorkflow): string {
  const facts = [steps, toMoment(at), workspace, by.replace(/^local:/, '')];
  return steps === 1
    ? t('{0} step · pushed {1} from {2} by {3}. Open its workspace in the editor to see its graph here.', ...facts)
    : t('{0} steps · pushed {1} from {2} by {3}. Open its workspace in the editor to see its graph here.', ...facts);
}
