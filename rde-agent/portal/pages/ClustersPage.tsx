import type { ReactNode } from 'react';
import { shortenRunIds } from '../../../webviews/shared/formatValues.ts';
import type { ClusterSummary } from '../../protocol/clusterDocument.ts';
import { Empty } from '../app/Empty.tsx';
import { PageHead } from '../app/PageHead.tsx';
import { RouteLink } from '../app/RouteLink.tsx';
import { toAgo } from '../app/times.ts';
import { useFetched, useRuns } from '../app/useFollowed.ts';

/** Where tasks run: places, what waits, and the processes that are kept. */
export function ClustersPage(): ReactNode {
  const { document: listed, error } = useFetched('cluster.list', {}, useRuns());
  return (
    <main className="page">
      <PageHead title="Clusters" error={error} />
      {listed?.clusters.length === 0 && <Empty icon="server-process" title="This agent has no cluster" />}
      {listed?.clusters.map((cluster) => (
        <ClusterBlock key={cluster.cluster} cluster={cluster} />
      ))}
    </main>
  );
}

function ClusterBlock({ cluster }: { readonly cluster: ClusterSummary }): ReactNode {
  const { cluster: name, runtime, slots, busy, queued, leases, workers } = cluster;
  const waiting = queued === 0 ? 'nothing waits' : `${queued} ${queued === 1 ? 'task waits' : 'tasks wait'}`;
  return (
    <section className="block" aria-label={name}>
      <h2>
        {name}
        <span className="quiet">
          {runtime} · {busy} of {slots} {slots === 1 ? 'place' : 'places'} taken · {waiting}
        </span>
      </h2>
      {leases.length > 0 && (
        <ul className="names">
          {leases.map(({ run, step, since }) => (
            <li key={`${run} ${step}`}>
              <RouteLink to={{ kind: 'run', run }}>
                {step} of {shortenRunIds(run)}
              </RouteLink>{' '}
              <span className="quiet">since {toAgo(since, Date.now())}</span>
            </li>
          ))}
        </ul>
      )}
      {workers.length === 0 ? <p className="quiet">No process is kept: the first task starts one.</p> : <Workers cluster={cluster} />}
    </section>
  );
}

function Workers({ cluster: { cluster, workers } }: { readonly cluster: ClusterSummary }): ReactNode {
  return (
    <table className="list">
      <caption className="sr-only">Processes of {cluster}</caption>
      <thead>
        <tr>
          {['Process', 'State', 'Kind', 'Interpreter', 'Environment', 'Since'].map((title) => (
            <th key={title} scope="col">
              {title}
            </th>
          ))}
          <th scope="col" className="number">
            Memory
          </th>
          <th scope="col" className="number">
            Tasks
          </th>
        </tr>
      </thead>
      <tbody>
        {workers.map(({ pid, state, mode, version, environment, started, rss, tasks }) => (
          <tr key={pid}>
            <th scope="row" className="mono">
              {pid}
            </th>
            <td>
              <span className="state">
                <span className={`codicon codicon-${STATES[state]}`} aria-hidden="true" /> {state}
              </span>
            </td>
            <td>{mode}</td>
            <td>{version}</td>
            <td>{environment}</td>
            <td>{toAgo(started, Date.now())}</td>
            <td className="number">{rss === null ? '' : `${Math.round(rss / 1_048_576)} MB`}</td>
            <td className="number">{tasks}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const STATES: { readonly [state in ClusterSummary['workers'][number]['state']]: string } = {
  starting: 'loading',
  warm: 'flame',
  busy: 'sync',
};
