import { useEffect, type ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
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
import { toSectionTitle, type Route } from '../routes.ts';
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
      return <WorkflowPage name={route.workflow} isPushed={route.as === 'pushed'} />;
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
          <h1>{t('There is nothing here')}</h1>
          <p>
            <RouteLink to={{ kind: 'runs' }}>{t('Show the runs')}</RouteLink>
          </p>
        </main>
      );
  }
}

function toTitle(route: Route | undefined): string {
  if (route === undefined) return t('Nothing here');
  switch (route.kind) {
    case 'run':
      return t('Run {0}', shortenRunIds(route.run));
    case 'compare':
      return t('Compare runs');
    case 'output':
      return `${route.step}.${route.port}`;
    case 'workflow':
      return route.workflow;
    default:
      return toSectionTitle(route.kind);
  }
}
