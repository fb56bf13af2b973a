import type { ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
import { Filled } from '../../../webviews/shared/Filled.tsx';
import { toStateWord } from '../../../webviews/shared/stateWords.ts';
import type { ScheduleSummary } from '../../protocol/documents.ts';
import type { ParamsOf } from '../../protocol/operations.ts';
import { Empty } from '../app/Empty.tsx';
import { ListHead, type ListColumn } from '../app/ListHead.tsx';
import { PageHead } from '../app/PageHead.tsx';
import { usePortal, type Portal } from '../app/portalContext.ts';
import { RouteLink } from '../app/RouteLink.tsx';
import { toMoment } from '../app/times.ts';
import { useSchedules } from '../app/useFollowed.ts';
import { ConfirmDialog } from '../dialogs/ConfirmDialog.tsx';
import { newKey } from '../wire/portalLink.ts';
import { ScheduleState } from './ScheduleState.tsx';

type Change = ParamsOf<'schedule.change'>['change'];

/** The schedules of pushed workflows, and what can be done with each. */
export function SchedulesPage(): ReactNode {
  const portal = usePortal();
  const listed = useSchedules();
  return (
    <main className="page">
      <PageHead title={t('Schedules')} />
      {listed?.schedules.length === 0 && (
        <Empty icon="calendar" title={t('No workflow has a schedule')}>
          <p className="quiet">
            <Filled
              text={t('Write {0} into a workflow, and publish it with {1}.')}
              parts={[<code key="schedule">schedule:</code>, <code key="push">cairn push</code>]}
            />
          </p>
        </Empty>
      )}
      {listed !== null && listed.schedules.length > 0 && (
        <table className="list">
          <caption className="sr-only">{t('Schedules')}</caption>
          <ListHead columns={toColumns()} />
          <tbody>
            {listed.schedules.map((schedule) => (
              <ScheduleRow key={schedule.workflow} schedule={schedule} onChange={(change) => changeSchedule(portal, schedule, change)} />
            ))}
          </tbody>
        </table>
      )}
    </main>
  );
}

function toColumns(): readonly ListColumn[] {
  return [
    { title: t('Workflow') },
    { title: t('State') },
    { title: t('When'), kind: 'wide' },
    { title: t('Next') },
    { title: t('Last'), kind: 'wide' },
    { title: t('Actions'), kind: 'actions' },
  ];
}

function ScheduleRow({
  schedule,
  onChange,
}: {
  readonly schedule: ScheduleSummary;
  readonly onChange: (change: Change) => void;
}): ReactNode {
  const { workflow, state, cron, timezone, next, last, queued } = schedule;
  return (
    <tr>
      <th scope="row">
        <RouteLink to={{ kind: 'workflow', workflow }}>{workflow}</RouteLink>
      </th>
      <td>
        <ScheduleState state={state} />
        {queued > 0 && <span className="quiet"> {t('{0} waiting', queued)}</span>}
      </td>
      <td className="wide">
        <code>{cron}</code> <span className="quiet">{timezone}</span>
      </td>
      <td>
        {state === 'active' ? (
          next[0] === undefined ? (
            t('never')
          ) : (
            toMoment(next[0])
          )
        ) : (
          <span className="quiet">{state === 'paused' ? t('not while paused') : t('not while declared')}</span>
        )}
      </td>
      <td className="wide">
        {last === null ? (
          <span className="quiet">{t('never')}</span>
        ) : (
          <RouteLink to={{ kind: 'run', run: last.run }}>
            {toMoment(last.nominalTime)} · {toStateWord(last.state)}
          </RouteLink>
        )}
      </td>
      <td className="row-actions">
        {CHANGES[state].map((change) => (
          <button key={change} type="button" aria-label={toChangeText(change, workflow)} onClick={() => onChange(change)}>
            {toChangeWord(change)}
          </button>
        ))}
      </td>
    </tr>
  );
}

const CHANGES: { readonly [state in ScheduleSummary['state']]: readonly Change[] } = {
  declared: ['start'],
  active: ['pause', 'stop'],
  paused: ['resume', 'stop'],
};

function toChangeWord(change: Change): string {
  switch (change) {
    case 'start':
      return t('Start');
    case 'stop':
      return t('Stop');
    case 'pause':
      return t('Pause');
    case 'resume':
      return t('Resume');
  }
}

function toChangeText(change: Change, workflow: string): string {
  switch (change) {
    case 'start':
      return t('Start the schedule of {0}', workflow);
    case 'stop':
      return t('Stop the schedule of {0}', workflow);
    case 'pause':
      return t('Pause the schedule of {0}', workflow);
    case 'resume':
      return t('Resume the schedule of {0}', workflow);
  }
}

/** Stopping drops what waits, so it is asked for; the rest can be taken back by one press. */
function changeSchedule(portal: Portal, { workflow, queued }: ScheduleSummary, change: Change): void {
  const work = async (): Promise<void> => {
    await portal.link.request('schedule.change', { workflow, change, key: newKey() });
  };
  if (change !== 'stop') return portal.attempt(toChangeText(change, workflow), work);
  const text =
    queued === 0
      ? t('It fires no more until it is started again.')
      : t('It fires no more until it is started again. {0} that wait are dropped.', queued);
  portal.show((close) => (
    <ConfirmDialog title={t('Stop the schedule of {0}?', workflow)} text={text} action={t('Stop schedule')} work={work} onClose={close} />
  ));
}
