import { useEffect, type ReactNode } from 'react';
import type { RunView } from '../../rde-agent/protocol/runView.ts';
import type { FromRunPanel, RunPanelModel, ToRunPanel } from '../protocol/runPanel.ts';
import { formatSeconds, shortenRunIds } from '../shared/formatValues.ts';
import { OfflineNotice } from '../shared/OfflineNotice.tsx';
import type { PanelHost } from '../shared/panelHost.ts';
import { StateIcon } from '../shared/StateIcon.tsx';
import { toEconomics } from '../shared/stepStatus.ts';
import { useNow } from '../shared/useNow.ts';
import { usePanelModel } from '../shared/usePanelModel.ts';
import { TaskRows } from './TaskRows.tsx';

type Host = PanelHost<ToRunPanel, FromRunPanel>;

/** One run, live: what every task is doing, whether it was reused or executed, and why. */
export function RunPanel({ host }: { readonly host: Host }): ReactNode {
  const model = usePanelModel<RunPanelModel>(host);
  const shown = model?.run?.run;
  // The panel may go on to a newer run: that one is what a restored window shows.
  useEffect(() => {
    if (shown !== undefined) host.keep({ run: shown });
  }, [host, shown]);
  if (model === null || model.run === null) return <p className="quiet waiting">Waiting for the run…</p>;
  return (
    <main>
      <OfflineNotice link={model.link} />
      <Header run={model.run} host={host} />
      <table>
        <caption className="sr-only">Tasks of the run</caption>
        <thead>
          <tr>
            {['Task', 'State', 'Decision', 'Time', 'More'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <TaskRows run={model.run} post={(message) => host.post(message)} />
      </table>
    </main>
  );
}

function Header({ run, host }: { readonly run: RunView; readonly host: Host }): ReactNode {
  const isRunning = run.finished === null;
  const now = useNow(isRunning);
  const seconds = isRunning ? Math.max(0, (now - Date.parse(run.submitted)) / 1000) : run.seconds;
  return (
    <header>
      <h1>{run.workflow}</h1>
      <p className="line" role="status">
        <StateIcon state={run.state} />
        <span>{formatSeconds(seconds)}</span>
        <span>{toEconomics(run, formatSeconds)}</span>
        <span className="quiet">
          run {shortenRunIds(run.run)} by {run.by}
        </span>
      </p>
      <p className="actions">
        <button type="button" onClick={() => host.post({ type: 'showGraph' })}>
          Show graph
        </button>
        {isRunning && (
          <button type="button" disabled={run.cancelRequested} onClick={() => host.post({ type: 'cancel' })}>
            {run.cancelRequested ? 'Cancelling…' : 'Cancel run'}
          </button>
        )}
      </p>
    </header>
  );
}
