import { useEffect, useState, type ReactNode } from 'react';
import type { DiffDocument } from '../../rde-agent/protocol/comparisons.ts';
import type { ComparePanelModel, FromComparePanel, ToComparePanel } from '../protocol/comparePanel.ts';
import { t } from '../protocol/words.ts';
import { formatSeconds, shortenRunIds } from '../shared/formatValues.ts';
import { OfflineNotice } from '../shared/OfflineNotice.tsx';
import type { PanelHost } from '../shared/panelHost.ts';
import { ProblemText } from '../shared/ProblemText.tsx';
import { StateIcon } from '../shared/StateIcon.tsx';
import { Button } from '../shared/ui/Button.tsx';
import { Tabs } from '../shared/ui/Tabs.tsx';
import { usePanelModel } from '../shared/usePanelModel.ts';
import { toMetricChanges, toSummary } from './changes.ts';
import { readView, type ComparePanelView } from './comparePanelView.ts';
import { EnvironmentTable, MetricTable, ParamTable } from './ChangeTables.tsx';
import { CompareGraph } from './graph/CompareGraph.tsx';
import { StepChangeDetail } from './StepChangeDetail.tsx';
import { StepChanges } from './StepChanges.tsx';

type Host = PanelHost<ToComparePanel, FromComparePanel>;

/** In what two runs differ: what was given differently, and step by step what that did. */
export function ComparePanel({ host }: { readonly host: Host }): ReactNode {
  const model = usePanelModel<ComparePanelModel>(host);
  const [view, setView] = useState(() => readView(host.kept));
  const { before, after } = model?.diff ?? {};
  useEffect(() => {
    if (before !== undefined && after !== undefined) host.keep({ ...view, before: before.run, after: after.run });
  }, [host, view, before, after]);
  if (model === null) return <p className="quiet waiting">{t('Comparing the runs…')}</p>;
  const { diff, problem, link } = model;
  const change = (changed: Partial<ComparePanelView>): void => setView((now) => ({ ...now, ...changed }));
  return (
    <main className="panel compare">
      <OfflineNotice link={link} />
      {problem !== null && <ProblemText problem={problem} onAgain={() => host.post({ type: 'again' })} />}
      {problem === null && diff === null && <p className="quiet waiting">{t('Comparing the runs…')}</p>}
      {diff !== null && (
        <>
          <Header diff={diff} host={host} />
          <Work diff={diff} view={view} host={host} onChange={change} />
        </>
      )}
    </main>
  );
}

interface WorkProps {
  readonly diff: DiffDocument;
  readonly view: ComparePanelView;
  readonly host: Host;
  readonly onChange: (change: Partial<ComparePanelView>) => void;
}

/** The tabs, and beside those that speak of steps all that differs of the chosen one. */
function Work({ diff, view, host, onChange }: WorkProps): ReactNode {
  const isOfSteps = view.tab !== 'params' && view.tab !== 'environments';
  const chosen = isOfSteps ? diff.steps.find((step) => step.step === view.selected) : undefined;
  const openCode = (step: string): void => host.post({ type: 'openCode', step });
  return (
    <div className={chosen === undefined ? 'work' : 'work with-detail'}>
      <Changes diff={diff} view={view} onChange={onChange} onOpenCode={openCode} />
      {chosen !== undefined && (
        <StepChangeDetail
          step={chosen}
          onOpenCode={() => openCode(chosen.step)}
          onOpenReason={(index) => host.post({ type: 'openReason', step: chosen.step, index })}
          onClose={() => onChange({ selected: null })}
        />
      )}
    </div>
  );
}

function Changes({
  diff,
  view,
  onChange,
  onOpenCode,
}: Omit<WorkProps, 'host'> & { readonly onOpenCode: (step: string) => void }): ReactNode {
  const metrics = toMetricChanges(diff);
  const different = diff.steps.filter((step) => !step.equal).length;
  const common = { diff, view, onChange, onOpenCode };
  return (
    <Tabs
      label={t('What differs')}
      selected={view.tab}
      onSelect={(tab) => onChange({ tab })}
      tabs={[
        { id: 'graph', title: t('Graph'), content: () => <CompareGraph {...common} /> },
        { id: 'steps', title: t('Steps ({0})', different), content: () => <StepChanges {...common} /> },
        {
          id: 'metrics',
          title: t('Metrics ({0})', metrics.length),
          content: () => <MetricTable metrics={metrics} selected={view.selected} onSelect={(selected) => onChange({ selected })} />,
        },
        { id: 'params', title: t('Parameters ({0})', diff.params.length), content: () => <ParamTable diff={diff} /> },
        { id: 'environments', title: t('Environments ({0})', diff.environments.length), content: () => <EnvironmentTable diff={diff} /> },
      ]}
    />
  );
}

function Header({ diff, host }: { readonly diff: DiffDocument; readonly host: Host }): ReactNode {
  return (
    <header>
      <div className="title">
        <h1>{diff.after.workflow}</h1>
        <p className="actions">
          <Button icon="arrow-swap" onPress={() => host.post({ type: 'swap' })}>
            {t('Swap')}
          </Button>
        </p>
      </div>
      <div className="sides">
        <Side title={t('Before')} side={diff.before} onShow={() => host.post({ type: 'showRun', side: 'before' })} />
        <span className="codicon codicon-arrow-right quiet" aria-hidden="true" />
        <Side title={t('After')} side={diff.after} onShow={() => host.post({ type: 'showRun', side: 'after' })} />
      </div>
      <p role="status" className="summary">
        {toSummary(diff)}
      </p>
    </header>
  );
}

interface SideProps {
  readonly title: string;
  readonly side: DiffDocument['before'];
  readonly onShow: () => void;
}

function Side({ title, side, onShow }: SideProps): ReactNode {
  return (
    <p className="side">
      <span className="quiet">{title}</span>
      <button type="button" className="link" onClick={onShow} title={t('Show run {0}', side.run)}>
        {shortenRunIds(side.run)}
      </button>
      <StateIcon state={side.state} />
      <span>{formatSeconds(side.seconds)}</span>
      <span className="quiet">{new Date(side.started).toLocaleString()}</span>
    </p>
  );
}
