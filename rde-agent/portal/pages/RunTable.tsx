import type { ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
import { formatSeconds, shortenRunIds } from '../../../webviews/shared/formatValues.ts';
import { StateIcon } from '../../../webviews/shared/StateIcon.tsx';
import { useNow } from '../../../webviews/shared/useNow.ts';
import type { RunSummary } from '../../protocol/documents.ts';
import { ListHead, type ListColumn } from '../app/ListHead.tsx';
import { usePortal } from '../app/portalContext.ts';
import { RouteLink } from '../app/RouteLink.tsx';
import { toAgo, toMoment } from '../app/times.ts';
import { useMinutes } from '../app/useMinutes.ts';
import { cancelRun } from '../dialogs/runActions.tsx';

/** Runs as rows: what ran, how it ended, when, for how long and for whom. */
export function RunTable({ runs }: { readonly runs: readonly RunSummary[] }): ReactNode {
  const portal = usePortal();
  const isBusy = runs.some(isActive);
  const now = useNow(isBusy);
  const minutes = useMinutes();
  return (
    <table className="list">
      <caption className="sr-only">{t('Runs, newest first')}</caption>
      <ListHead columns={toColumns()} />
      <tbody>
        {runs.map((run) => (
          <tr key={run.run}>
            <td>
              <StateIcon state={run.state} />
            </td>
            <th scope="row">
              <RouteLink to={{ kind: 'run', run: run.run }}>{run.workflow}</RouteLink>
            </th>
            <td className="mono wide" title={run.run}>
              {shortenRunIds(run.run)}
            </td>
            <td className="when" title={toMoment(run.started)}>
              {toAgo(run.started, minutes)}
            </td>
            <td className="number">{formatSeconds(isActive(run) ? Math.max(0, (now - Date.parse(run.started)) / 1000) : run.seconds)}</td>
            <td className="wide">{toBy(run)}</td>
            <td className="row-actions">
              {isActive(run) && (
                <button
                  type="button"
                  className="link"
                  aria-label={t('Cancel {0}', run.workflow)}
                  onClick={() => cancelRun(portal, run.run)}
                >
                  {t('Cancel')}
                </button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function toColumns(): readonly ListColumn[] {
  return [
    { title: t('State') },
    { title: t('Workflow') },
    { title: t('Run'), kind: 'wide' },
    { title: t('Started') },
    { title: t('Time'), kind: 'number' },
    { title: t('By'), kind: 'wide' },
    { title: t('Actions'), kind: 'actions' },
  ];
}

function isActive({ state }: RunSummary): boolean {
  return state === 'queued' || state === 'running';
}

/** Who, and where it came from if nobody submitted it. */
function toBy({ by, origin }: RunSummary): string {
  const name = by.replace(/^local:/, '');
  return origin === undefined ? name : `${name} · ${origin.kind}`;
}
