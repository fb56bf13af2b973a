import type { ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
import { formatSeconds, shortenRunIds } from '../../../webviews/shared/formatValues.ts';
import { StateIcon } from '../../../webviews/shared/StateIcon.tsx';
import { useNow } from '../../../webviews/shared/useNow.ts';
import type { RunSummary } from '../../protocol/documents.ts';
import { usePortal } from '../app/portalContext.ts';
import { RouteLink } from '../app/RouteLink.tsx';
import { toAgo, toMoment } from '../app/times.ts';
import { cancelRun } from '../dialogs/runActions.tsx';

/** Runs as rows: what ran, how it ended, when, for how long and for whom. */
export function RunTable({ runs }: { readonly runs: readonly RunSummary[] }): ReactNode {
  const portal = usePortal();
  const isBusy = runs.some(isActive);
  const now = useNow(isBusy);
  return (
    <table className="list">
      <caption className="sr-only">{t('Runs, newest first')}</caption>
      <Head />
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
              {toAgo(run.started, Date.now())}
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

function Head(): ReactNode {
  return (
    <thead>
      <tr>
        <th scope="col">{t('State')}</th>
        <th scope="col">{t('Workflow')}</th>
        <th scope="col" className="wide">
          {t('Run')}
        </th>
        <th scope="col">{t('Started')}</th>
        <th scope="col" className="number">
          {t('Time')}
        </th>
        <th scope="col" className="wide">
          {t('By')}
        </th>
        <th scope="col">
          <span className="sr-only">{t('Actions')}</span>
        </th>
      </tr>
    </thead>
  );
}

function isActive({ state }: RunSummary): boolean {
  return state === 'queued' || state === 'running';
}

/** Who, and where it came from if nobody submitted it. */
function toBy({ by, origin }: RunSummary): string {
  const name = by.replace(/^local:/, '');
  return origin === undefined ? name : `${name} · ${origin.kind}`;
}
