import { useState, type ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
import { RunPanel } from '../../../webviews/run/RunPanel.tsx';
import '../../../webviews/run/run.css';
import '../../../webviews/run/detail/detail.css';
import '../../../webviews/run/logs/logs.css';
import '../../../webviews/run/timeline/timeline.css';
import { shortenRunIds } from '../../../webviews/shared/formatValues.ts';
import type { RunView } from '../../protocol/runView.ts';
import { Empty } from '../app/Empty.tsx';
import { usePortal } from '../app/portalContext.ts';
import { RouteLink } from '../app/RouteLink.tsx';
import { cloneRun } from '../dialogs/runActions.tsx';
import { RunHost } from '../panels/runHost.ts';
import { useHost } from '../panels/useHost.ts';
import { PanelPage } from './PanelPage.tsx';

/** One run: the editor's panel of it, with what can be made of it. */
export function RunPage({ run: id }: { readonly run: string }): ReactNode {
  const portal = usePortal();
  const [run, setRun] = useState<RunView | null>(null);
  const [error, setError] = useState<Error | null>(null);
  const made = useHost(id, () => new RunHost(portal, id, setRun, setError));
  if (error !== null) {
    return (
      <main className="page">
        <h1 className="sr-only">{t('Run')}</h1>
        <Empty icon="search" title={t('There is no run {0}', shortenRunIds(id))}>
          <p className="quiet">{error.message}</p>
          <RouteLink to={{ kind: 'runs' }} className="button primary">
            {t('Show the runs')}
          </RouteLink>
        </Empty>
      </main>
    );
  }
  const clone = run !== null && (
    <button type="button" onClick={() => cloneRun(portal, run)}>
      {t('Clone…')}
    </button>
  );
  return (
    <PanelPage
      panel="run"
      crumbs={[
        { title: t('Runs'), to: { kind: 'runs' } },
        { title: shortenRunIds(id), whole: id },
      ]}
      actions={clone}
    >
      {made !== null && <RunPanel host={made.host} />}
    </PanelPage>
  );
}
