import type { ReactNode } from 'react';
import type { RunView } from '../../../rde-agent/protocol/runView.ts';
import type { TaskView } from '../../../rde-agent/protocol/taskView.ts';
import type { FromRunPanel, ToRunPanel } from '../../protocol/runPanel.ts';
import { t } from '../../protocol/words.ts';
import { formatNumber, formatSeconds } from '../../shared/formatValues.ts';
import type { PanelHost } from '../../shared/panelHost.ts';
import { ReasonText } from '../../shared/ReasonText.tsx';
import { DecisionBadge, StateIcon } from '../../shared/StateIcon.tsx';
import { Button } from '../../shared/ui/Button.tsx';
import { Attempts } from './Attempts.tsx';
import { Outputs } from './Outputs.tsx';

interface TaskDetailProps {
  readonly run: RunView;
  readonly task: TaskView;
  readonly host: PanelHost<ToRunPanel, FromRunPanel>;
  readonly onShowLog: () => void;
  readonly onClose: () => void;
}

/** All that is known of the selected task: its error first, then why it ran, what it measured and gave. */
export function TaskDetail({ run, task, host, onShowLog, onClose }: TaskDetailProps): ReactNode {
  const uses = task.id.includes('/') ? undefined : run.steps.find((step) => step.id === task.step)?.name;
  return (
    <aside className="detail" aria-label={t('Details of {0}', task.id)}>
      <div className="detail-head">
        <h2>{task.id}</h2>
        <Button kind="icon" icon="close" label={t('Close details')} onPress={onClose} />
      </div>
      {uses !== undefined && <p className="quiet uses">{uses}</p>}
      <p className="line">
        <StateIcon state={task.state} />
        <DecisionBadge reused={task.decision === 'reused' ? 1 : 0} executed={task.decision === 'executed' ? 1 : 0} total={1} />
        <span>{toTimeText(task)}</span>
      </p>
      <p className="actions">
        <Button icon="go-to-file" onPress={() => host.post({ type: 'openCode', step: task.id })}>
          {t('Code')}
        </Button>
        {task.decision === 'executed' && (
          <Button icon="output" label={t('Log of {0}', task.id)} onPress={onShowLog}>
            {t('Log')}
          </Button>
        )}
        {task.decision !== null && (
          <Button
            icon="repo-forked"
            label={t('Fork from {0}', task.id)}
            title={t('Run what is saved now on the results of this run, this step whatever')}
            onPress={() => host.post({ type: 'fork', step: task.id })}
          >
            {t('Fork')}
          </Button>
        )}
      </p>
      <ErrorText task={task} onOpen={() => host.post({ type: 'openError', step: task.id })} />
      <Doubt task={task} />
      <Attempts task={task} onOpen={(attempt) => host.post({ type: 'openError', step: task.id, attempt })} />
      <Reasons task={task} onOpen={(index) => host.post({ type: 'openReason', step: task.id, index })} />
      <Metrics task={task} />
      <Outputs task={task} host={host} />
      <Facts task={task} />
    </aside>
  );
}

function toTimeText(task: TaskView): string {
  if (task.decision === 'reused') return t('{0} saved', formatSeconds(task.saved));
  return task.finished === null || task.decision === null ? '' : formatSeconds(task.seconds);
}

function ErrorText({ task, onOpen }: { readonly task: TaskView; readonly onOpen: () => void }): ReactNode {
  const { error } = task;
  if (error === null) return null;
  return (
    <section className="error-text" aria-label={t('Error')}>
      <p>
        <span className="codicon codicon-error" aria-hidden="true" /> <b>{error.code}</b> {error.message}
      </p>
      {error.file !== undefined && (
        <p>
          <button type="button" className="link" onClick={onOpen}>
            {error.file}
            {error.line === undefined ? '' : `:${error.line}`}
          </button>
        </p>
      )}
      {error.traceback !== undefined && (
        <pre tabIndex={0} aria-label={t('Traceback')}>
          {error.traceback}
        </pre>
      )}
    </section>
  );
}

/** What an audit has found out about the result since. */
function Doubt({ task: { distrusted } }: { readonly task: TaskView }): ReactNode {
  if (distrusted === undefined) return null;
  return (
    <section className="doubt" aria-label={t('Its result is in doubt')}>
      <p>
        <span className="codicon codicon-warning" aria-hidden="true" /> <b>{t('Its result is in doubt')}</b> {distrusted.message}
      </p>
    </section>
  );
}

function Reasons({ task, onOpen }: { readonly task: TaskView; readonly onOpen: (index: number) => void }): ReactNode {
  if (task.reasons.length === 0) return null;
  return (
    <section>
      <h3>{task.decision === 'reused' ? t('Why it was reused') : t('Why it ran')}</h3>
      <ul className="reasons">
        {task.reasons.map((reason, index) => (
          <li key={index}>
            <ReasonText reason={reason} onOpen={() => onOpen(index)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Metrics({ task }: { readonly task: TaskView }): ReactNode {
  const metrics = Object.entries(task.metrics);
  if (metrics.length === 0) return null;
  return (
    <section>
      <h3>{t('Metrics')}</h3>
      <dl className="pairs">
        {metrics.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="number">{formatNumber(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

/** Where it ran and where its seconds went. */
function Facts({ task }: { readonly task: TaskView }): ReactNode {
  const { worker, timing, attempts, cluster } = task;
  const facts: readonly (readonly [string, string])[] = [
    ...(task.decision === 'executed' ? [[t('Cluster'), cluster] as const] : []),
    ...(worker === null ? [] : [[t('Worker'), t('{0}, pid {1} of {2}', worker.mode, worker.pid, worker.parent)] as const]),
    ...(attempts > 1 ? [[t('Attempts'), String(attempts)] as const] : []),
    ...(timing === null
      ? []
      : (['load', 'read', 'run', 'write'] as const).map((part) => [toPartText(part), formatSeconds(timing[part])] as const)),
  ];
  if (facts.length === 0) return null;
  return (
    <section>
      <h3>{t('Where and when')}</h3>
      <dl className="pairs">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function toPartText(part: 'load' | 'read' | 'run' | 'write'): string {
  switch (part) {
    case 'load':
      return t('Loading code');
    case 'read':
      return t('Reading inputs');
    case 'run':
      return t('Running');
    case 'write':
      return t('Writing outputs');
  }
}
