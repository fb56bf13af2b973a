import type { ReactNode } from 'react';
import { ComparePanel } from '../../../webviews/compare/ComparePanel.tsx';
import '../../../webviews/compare/compare.css';
import { t } from '../../../webviews/protocol/words.ts';
import { shortenRunIds } from '../../../webviews/shared/formatValues.ts';
import { usePortal } from '../app/portalContext.ts';
import { CompareHost } from '../panels/compareHost.ts';
import { useHost } from '../panels/useHost.ts';
import { PanelPage } from './PanelPage.tsx';

/** In what two runs differ. */
export function ComparePage({ run, other }: { readonly run: string; readonly other: string }): ReactNode {
  const portal = usePortal();
  const made = useHost(`${run} ${other}`, () => new CompareHost(portal, run, other));
  const crumbs = [
    { title: t('Runs'), to: { kind: 'runs' } },
    { title: shortenRunIds(other), whole: other, to: { kind: 'run', run: other } },
    { title: t('compared with {0}', shortenRunIds(run)), whole: run },
  ] as const;
  return (
    <PanelPage panel="compare" crumbs={crumbs}>
      {made !== null && <ComparePanel host={made.host} />}
    </PanelPage>
  );
}
