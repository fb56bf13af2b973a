import { useEffect, type ReactNode } from 'react';
import { shortenRunIds } from '../../../webviews/shared/formatValues.ts';
import { ClustersPage } from '../pages/ClustersPage.tsx';
import { ComparePage } from '../pages/ComparePage.tsx';
import { LedgerPage } from '../pages/LedgerPage.tsx';
import { OutputPage } from '../pages/OutputPage.tsx';
import { RunsPage } from '../pages/RunsPage.tsx';
import { RunPage } from '../pages/RunPage.tsx';
import { SchedulesPage } from '../pages/SchedulesPage.tsx';
import { WorkflowPage } from '../pages/WorkflowPage.tsx';
import { WorkflowsPage } from '../pages/WorkflowsPage.tsx';
import type { Route } from '../routes.ts';
import { RouteLink } from './RouteLink.tsx';

/** The page of a place. */
export function Page({ route }: { readonly route: Route | undefined }): ReactNode {
  useEffect(() => {
    document.title = `${toTitle(route)} · Cairn`;
  }, [route]);
  switch (route?.kind) {
    case 'runs':
      return <RunsPage />;
    case 'run':
      return <RunPage run={route.run} />;
    case 'workflows':
      return <WorkflowsPage />;
    case 'workflow':
      return <WorkflowPage name={route.workflow} />;
    case 'compare':
      return <ComparePage run={route.run} other={route.other} />;
    case 'output':
      return <OutputPage place={route} />;
    case 'schedules':
      return <SchedulesPage />;
    case 'clusters':
      return <ClustersPage />;
    case 'ledger':
      return <LedgerPage />;
    case undefined:
      return (
        <main className="page">
          <h1>There is nothing here</h1>
          <p>
            <RouteLink to={{ kind: 'runs' }}>Show the runs</RouteLink>
          </p>
        </main>
      );
  }
}

function toTitle(route: Route | undefined): string {
  if (route === undefined) return 'Nothing here';
  switch (route.kind) {
    case 'run':
      return `Run ${shortenRunIds(route.run)}`;
    case 'compare':
      return 'Compare runs';
    case 'output':
      return `${route.step}.${route.port}`;
    case 'workflow':
      return route.workflow;
    default:
      return route.kind.charAt(0).toUpperCase() + route.kind.slice(1);
  }
}
