import type { ReactNode } from 'react';
import type { ScheduleSummary } from '../../protocol/documents.ts';
import type { ParamsOf } from '../../protocol/operations.ts';
import { Empty } from '../app/Empty.tsx';
import { PageHead } from '../app/PageHead.tsx';
import { usePortal, type Portal } from '../app/portalContext.ts';
import { RouteLink } from '../app/RouteLink.tsx';
import { toMoment } from '../app/times.ts';
import { useFetched, useRuns } from '../app/useFollowed.ts';
import { ConfirmDialog } from '../dialogs/ConfirmDialog.tsx';
import { newKey } from '../wire/portalLink.ts';
import { ScheduleState } from './ScheduleState.tsx';

type Change = ParamsOf<'schedule.change'>['change'];

/** The schedules of pushed workflows, and what can be done with each. */
export function SchedulesPage(): ReactNode {
  const portal = usePortal();
  const { document: listed, error, again } = useFetched('schedule.list', {}, useRuns());
  return (
    <main className="page">
      <PageHead title="Schedules" error={error} />
      {listed?.schedules.length === 0 && (
        <Empty icon="calendar" title="No workflow has a schedule">
          <p className="quiet">
            Write <code>schedule:</code> into a workflow, and publish it with <code>cairn push</code>.
          </p>
        </Empty>
      )}
      {listed !== null && listed.schedules.length > 0 && (
        <table className="list">
          <caption className="sr-only">Schedules</caption>
          <thead>
            <tr>
              {['Workflow', 'State', 'When', 'Next', 'Last'].map((title) => (
                <th key={title} scope="col" className={title === 'When' || title === 'Last' ? 'wide' : undefined}>
                  {title}
                </th>
              ))}
              <th scope="col">
                <span className="sr-only">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {listed.schedules.map((schedule) => (
              <ScheduleRow
                key={schedule.workflow}
                schedule={schedule}
                onChange={(change) => changeSchedule(portal, schedule, change, again)}
              />
            ))}
          </tbody>
        </table>
      )}
    </main>
  );
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
        {queued > 0 && <span className="quiet"> {queued} waiting</span>}
      </td>
      <td className="wide">
        <code>{cron}</code> <span className="quiet">{timezone}</span>
      </td>
      <td>{state === 'active' ? next[0] === undefined ? 'never' : toMoment(next[0]) : <span className="quiet">not while {state}</span>}</td>
      <td className="wide">
        {last === null ? (
          <span className="quiet">never</span>
        ) : (
          <RouteLink to={{ kind: 'run', run: last.run }}>
            {toMoment(last.nominalTime)} · {last.state}
          </RouteLink>
        )}
      </td>
      <td className="row-actions">
        {CHANGES[state].map((change) => (
          <button key={change} type="button" aria-label={`${WORDS[change]} the schedule of ${workflow}`} onClick={() => onChange(change)}>
            {WORDS[change]}
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
const WORDS: { readonly [change in Change]: string } = { start: 'Start', stop: 'Stop', pause: 'Pause', resume: 'Resume' };

/** Stopping drops what waits, so it is asked for; the rest can be taken back by one press. */
function changeSchedule(portal: Portal, { workflow, queued }: ScheduleSummary, change: Change, again: () => void): void {
  const work = async (): Promise<void> => {
    await portal.link.request('schedule.change', { workflow, change, key: newKey() });
    again();
  };
  if (change !== 'stop') return portal.attempt(`${WORDS[change]} the schedule of ${workflow}`, work);
  const waiting = queued === 0 ? '' : ` ${queued} that wait are dropped.`;
  portal.show((close) => (
    <ConfirmDialog
      title={`Stop the schedule of ${workflow}?`}
      text={`It fires no more until it is started again.${waiting}`}
      action="Stop schedule"
      work={work}
      onClose={close}
    />
  ));
}
