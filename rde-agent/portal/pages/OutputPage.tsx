import type { ReactNode } from 'react';
import { DataPanel } from '../../../webviews/data/DataPanel.tsx';
import '../../../webviews/data/data.css';
import { t } from '../../../webviews/protocol/words.ts';
import { shortenRunIds } from '../../../webviews/shared/formatValues.ts';
import { usePortal } from '../app/portalContext.ts';
import { DataHost, type OutputPlace } from '../panels/dataHost.ts';
import { useHost } from '../panels/useHost.ts';
import { PanelPage } from './PanelPage.tsx';

/** The content of one output of a run. */
export function OutputPage({ place }: { readonly place: OutputPlace }): ReactNode {
  const portal = usePortal();
  const { run, step, port } = place;
  const made = useHost(`${run} ${step} ${port}`, () => new DataHost(portal, { run, step, port }));
  const crumbs = [
    { title: t('Runs'), to: { kind: 'runs' } },
    { title: shortenRunIds(run), whole: run, to: { kind: 'run', run } },
    { title: `${step}.${port}` },
  ] as const;
  return (
    <PanelPage panel="data" crumbs={crumbs}>
      {made !== null && <DataPanel host={made.host} />}
    </PanelPage>
  );
}
