import { useState, type ReactNode } from 'react';
import { t } from '../../../webviews/protocol/words.ts';
import { formatSeconds, shortenRunIds } from '../../../webviews/shared/formatValues.ts';
import type { LedgerDocument, LedgerRow } from '../../protocol/ledgerDocument.ts';
import { Empty } from '../app/Empty.tsx';
import { ListHead, type ListColumn } from '../app/ListHead.tsx';
import { PageHead } from '../app/PageHead.tsx';
import { RouteLink } from '../app/RouteLink.tsx';
import { useFetched, useRuns } from '../app/useFollowed.ts';

const GROUPS = ['day', 'workflow', 'namespace', 'run'] as const;
type Group = (typeof GROUPS)[number];

/** What reuse has saved. */
export function LedgerPage(): ReactNode {
  const [by, setBy] = useState<Group>('day');
  const { document: ledger, error } = useFetched('ledger.show', { by }, { runs: useRuns() });
  return (
    <main className="page">
      <PageHead title={t('Ledger')} about={t('What was reused, and the time that it took when it ran.')} error={error}>
        <select aria-label={t('Group by')} value={by} onChange={(event) => setBy(toGroup(event.currentTarget.value))}>
          {GROUPS.map((group) => (
            <option key={group} value={group}>
              {toChoice(group)}
            </option>
          ))}
        </select>
      </PageHead>
      {ledger !== null && ledger.rows.length === 0 && <Empty icon="graph" title={t('Nothing has run yet')} />}
      {ledger !== null && ledger.rows.length > 0 && (
        <>
          <Figures ledger={ledger} />
          <Rows ledger={ledger} />
        </>
      )}
    </main>
  );
}

function Figures({ ledger: { total, reusingWorkflows } }: { readonly ledger: LedgerDocument }): ReactNode {
  const figures = [
    [t('saved'), formatSeconds(total.savedSeconds)],
    [t('spent'), formatSeconds(total.spentSeconds)],
    [t('steps reused'), t('{0} of {1}', total.reused, total.reused + total.executed)],
    [t('of the workflows reuse'), reusingWorkflows === null ? '–' : `${Math.round(reusingWorkflows * 100)} %`],
  ] as const;
  return (
    <dl className="figures">
      {figures.map(([title, value]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function Rows({ ledger: { by, rows } }: { readonly ledger: LedgerDocument }): ReactNode {
  return (
    <table className="list">
      <caption className="sr-only">{toCaption(by)}</caption>
      <ListHead columns={toColumns(by)} />
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <th scope="row">{toName(by, row)}</th>
            <td className="number">{row.runs}</td>
            <td className="number">{row.reusing}</td>
            <td className="number">{row.executed}</td>
            <td className="number">{row.reused}</td>
            <td className="number">{formatSeconds(row.spentSeconds)}</td>
            <td className="number">{formatSeconds(row.savedSeconds)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function toColumns(by: Group): readonly ListColumn[] {
  const figures = [t('Runs'), t('With reuse'), t('Executed'), t('Reused'), t('Spent'), t('Saved')];
  return [{ title: toTitle(by) }, ...figures.map((title): ListColumn => ({ title, kind: 'number' }))];
}

/** A row leads to what it is of, where there is such a place. */
function toName(by: Group, { name }: LedgerRow): ReactNode {
  if (by === 'run') return <RouteLink to={{ kind: 'run', run: name }}>{shortenRunIds(name)}</RouteLink>;
  return by === 'workflow' ? <RouteLink to={{ kind: 'workflow', workflow: name }}>{name}</RouteLink> : name;
}

function toChoice(group: Group): string {
  switch (group) {
    case 'day':
      return t('by day');
    case 'workflow':
      return t('by workflow');
    case 'namespace':
      return t('by namespace');
    case 'run':
      return t('by run');
  }
}

function toCaption(group: Group): string {
  switch (group) {
    case 'day':
      return t('Saved time by day');
    case 'workflow':
      return t('Saved time by workflow');
    case 'namespace':
      return t('Saved time by namespace');
    case 'run':
      return t('Saved time by run');
  }
}

function toTitle(group: Group): string {
  switch (group) {
    case 'day':
      return t('Day');
    case 'workflow':
      return t('Workflow');
    case 'namespace':
      return t('Namespace');
    case 'run':
      return t('Run');
  }
}

function toGroup(text: string): Group {
  return GROUPS.find((group) => group === text) ?? 'day';
}
