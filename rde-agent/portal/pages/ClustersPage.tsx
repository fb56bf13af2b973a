import type { ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
import { shortenRunIds } from '../../../webviews/shared/formatValues.ts';
import type { ClusterSummary } from '../../protocol/clusterDocument.ts';
import { Empty } from '../app/Empty.tsx';
import { ListHead, type ListColumn } from '../app/ListHead.tsx';
import { PageHead } from '../app/PageHead.tsx';
import { RouteLink } from '../app/RouteLink.tsx';
import { toAgo } from '../app/times.ts';
import { useClusters } from '../app/useFollowed.ts';
import { useMinutes } from '../app/useMinutes.ts';

/** Where tasks run: places, what waits, and the processes that are kept. */
export function ClustersPage(): ReactNode {
  const listed = useClusters();
  return (
    <main className="page">
      <PageHead title={t('Clusters')} />
      {listed?.clusters.length === 0 && <Empty icon="server-process" title={t('This agent has no cluster')} />}
      {listed?.clusters.map((cluster) => (
        <ClusterBlock key={cluster.cluster} cluster={cluster} />
      ))}
    </main>
  );
}

function ClusterBlock({ cluster }: { readonly cluster: ClusterSummary }): ReactNode {
  const now = useMinutes();
  const { cluster: name, runtime, slots, busy, queued, leases, workers } = cluster;
  return (
    <section className="block" aria-label={name}>
      <h2>
        {name}
        <span className="quiet">{[runtime, toPlaces(busy, slots), toWaiting(queued)].join(' · ')}</span>
      </h2>
      {leases.length > 0 && (
        <ul className="names">
          {leases.map(({ run, step, since }) => (
            <li key={`${run} ${step}`}>
              <RouteLink to={{ kind: 'run', run }}>{t('{0} of {1}', step, shortenRunIds(run))}</RouteLink>{' '}
              <span className="quiet">{t('since {0}', toAgo(since, now))}</span>
            </li>
          ))}
        </ul>
      )}
      {workers.length === 0 ? (
        <p className="quiet">{t('No process is kept: the first task starts one.')}</p>
      ) : (
        <Workers cluster={cluster} />
      )}
    </section>
  );
}

function toPlaces(busy: number, slots: number): string {
  return slots === 1 ? t('{0} of {1} place taken', busy, slots) : t('{0} of {1} places taken', busy, slots);
}

function toWaiting(queued: number): string {
  if (queued === 0) return t('nothing waits');
  return queued === 1 ? t('{0} task waits', queued) : t('{0} tasks wait', queued);
}

function Workers({ cluster: { cluster, workers } }: { readonly cluster: ClusterSummary }): ReactNode {
  const now = useMinutes();
  return (
    <table className="list">
      <caption className="sr-only">{t('Processes of {0}', cluster)}</caption>
      <ListHead columns={toColumns()} />
      <tbody>
        {workers.map(({ pid, state, mode, version, environment, started, rss, tasks }) => (
          <tr key={pid}>
            <th scope="row" className="mono">
              {pid}
            </th>
            <td>
              <span className="state">
                <span className={`codicon codicon-${STATES[state]}`} aria-hidden="true" /> {toStateText(state)}
              </span>
            </td>
            <td>{mode}</td>
            <td>{version}</td>
            <td>{environment}</td>
            <td>{toAgo(started, now)}</td>
            <td className="number">{rss === null ? '' : `${Math.round(rss / 1_048_576)} MB`}</td>
            <td className="number">{tasks}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function toColumns(): readonly ListColumn[] {
  const names = [t('Process'), t('State'), t('Kind'), t('Interpreter'), t('Environment'), t('Since')].map((title) => ({ title }));
  return [...names, { title: t('Memory'), kind: 'number' }, { title: t('Tasks'), kind: 'number' }];
}

type WorkerState = ClusterSummary['workers'][number]['state'];

function toStateText(state: WorkerState): string {
  switch (state) {
    case 'starting':
      return t('starting');
    case 'warm':
      return t('warm');
    case 'busy':
      return t('busy');
  }
}

const STATES: { readonly [state in WorkerState]: string } = {
  starting: 'loading',
  warm: 'flame',
  busy: 'sync',
};
