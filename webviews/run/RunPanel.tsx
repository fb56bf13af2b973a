import { useEffect, useState, type ReactNode } from 'react';
import type { RunView } from '../../rde-agent/protocol/runView.ts';
import { findFailure } from '../protocol/failures.ts';
import type { FromRunPanel, RunPanelModel, ToRunPanel } from '../protocol/runPanel.ts';
import { t } from '../protocol/words.ts';
import { formatSeconds, shortenRunIds } from '../shared/formatValues.ts';
import { OfflineNotice } from '../shared/OfflineNotice.tsx';
import type { PanelHost } from '../shared/panelHost.ts';
import { StateIcon } from '../shared/StateIcon.tsx';
import { toEconomics } from '../shared/stepStatus.ts';
import { Button } from '../shared/ui/Button.tsx';
import { Tabs } from '../shared/ui/Tabs.tsx';
import { useNow } from '../shared/useNow.ts';
import { usePanelModel } from '../shared/usePanelModel.ts';
import { TaskDetail } from './detail/TaskDetail.tsx';
import { RunGraph } from './graph/RunGraph.tsx';
import { Logs } from './logs/Logs.tsx';
import { readView, type RunPanelView } from './runPanelView.ts';
import { TaskTable } from './table/TaskTable.tsx';
import { Timeline } from './timeline/Timeline.tsx';

type Host = PanelHost<ToRunPanel, FromRunPanel>;

/** One run, live: what every task is doing, whether it was reused or executed, and why. Four tabs over one selection. */
export function RunPanel({ host }: { readonly host: Host }): ReactNode {
  const model = usePanelModel<RunPanelModel>(host);
  const [view, setView] = useState(() => readView(host.kept));
  const shown = model?.run?.run;
  // The panel may go on to a newer run: that one is what a restored window shows.
  useEffect(() => {
    if (shown !== undefined) host.keep({ ...view, run: shown });
  }, [host, shown, view]);
  if (model === null || model.run === null) return <p className="quiet waiting">{t('Waiting for the run…')}</p>;
  const { run, link } = model;
  const change = (changed: Partial<RunPanelView>): void => setView((before) => ({ ...before, ...changed }));
  const selected = view.selected === null ? undefined : run.tasks[view.selected];
  const showLog = (task: string): void => change({ tab: 'logs', logOf: 'selected', selected: task });
  const open = (task: string): void => {
    const failed = findFailure(run, [task]);
    host.post(failed === undefined ? { type: 'openCode', step: task } : { type: 'openError', step: failed });
  };
  const common = {
    run,
    view: selected === undefined ? { ...view, selected: null } : view,
    onChange: change,
    onOpen: open,
    onOpenLog: showLog,
  };
  return (
    <main className="panel run">
      <OfflineNotice link={link} />
      <Header run={run} host={host} onSelect={(task) => change({ selected: task })} />
      <div className={selected !== undefined && view.tab !== 'logs' ? 'work with-detail' : 'work'}>
        <Tabs
          label={t('Views of the run')}
          selected={view.tab}
          onSelect={(tab) => change({ tab })}
          tabs={[
            { id: 'graph', title: t('Graph'), content: () => <RunGraph {...common} /> },
            { id: 'timeline', title: t('Timeline'), content: () => <Timeline {...common} /> },
            { id: 'table', title: t('Table'), content: () => <TaskTable {...common} /> },
            { id: 'logs', title: t('Logs'), content: () => <Logs host={host} run={run.run} view={common.view} onChange={change} /> },
          ]}
        />
        {selected !== undefined && view.tab !== 'logs' && (
          <TaskDetail
            run={run}
            task={selected}
            host={host}
            onShowLog={() => showLog(selected.id)}
            onClose={() => change({ selected: null })}
          />
        )}
      </div>
    </main>
  );
}

interface HeaderProps {
  readonly run: RunView;
  readonly host: Host;
  readonly onSelect: (task: string) => void;
}

function Header({ run, host, onSelect }: HeaderProps): ReactNode {
  const isRunning = run.finished === null;
  const now = useNow(isRunning);
  const seconds = isRunning ? Math.max(0, (now - Date.parse(run.submitted)) / 1000) : run.seconds;
  const failed = run.order.flatMap((id) => run.tasks[id] ?? []).find((task) => task.state === 'failed');
  return (
    <header>
      <div className="title">
        <h1>{run.workflow}</h1>
        <p className="actions">
          <Button icon="type-hierarchy-sub" onPress={() => host.post({ type: 'showGraph' })}>
            {t('Show graph')}
          </Button>
          {isRunning ? (
            <Button icon="debug-stop" disabled={run.cancelRequested} onPress={() => host.post({ type: 'cancel' })}>
              {run.cancelRequested ? t('Cancelling…') : t('Cancel run')}
            </Button>
          ) : (
            <>
              <Button icon="debug-rerun" onPress={() => host.post({ type: 'rerun' })}>
                {t('Run again')}
              </Button>
              <Button icon="diff" onPress={() => host.post({ type: 'compare' })}>
                {t('Compare')}
              </Button>
            </>
          )}
        </p>
      </div>
      <p className="line">
        <span role="status" className="line">
          <StateIcon state={run.state} />
          <span>{toEconomics(run, formatSeconds)}</span>
        </span>
        <span>{formatSeconds(seconds)}</span>
        <span className="quiet">{t('run {0} by {1}', shortenRunIds(run.run), run.by)}</span>
        {failed !== undefined && (
          <button type="button" className="link" onClick={() => onSelect(failed.id)}>
            {t('Show what failed')}
          </button>
        )}
      </p>
    </header>
  );
}
