import { useState, type ReactNode } from 'react';
import { formatSeconds, shortenRunIds } from '../../../webviews/shared/formatValues.ts';
import type { LedgerDocument, LedgerRow } from '../../protocol/ledgerDocument.ts';
import { Empty } from '../app/Empty.tsx';
import { PageHead } from '../app/PageHead.tsx';
import { RouteLink } from '../app/RouteLink.tsx';
import { useFetched, useRuns } from '../app/useFollowed.ts';

const GROUPS = ['day', 'workflow', 'namespace', 'run'] as const;
type Group = (typeof GROUPS)[number];

/** What reuse has saved. */
export function LedgerPage(): ReactNode {
  const [by, setBy] = useState<Group>('day');
  const { document: ledger, error } = useFetched('ledger.show', { by }, useRuns());
  return (
    <main className="page">
      <PageHead title="Ledger" about="What was reused, and the time that it took when it ran." error={error}>
        <select aria-label="Group by" value={by} onChange={(event) => setBy(toGroup(event.currentTarget.value))}>
          {GROUPS.map((group) => (
            <option key={group} value={group}>
              by {group}
            </option>
          ))}
        </select>
      </PageHead>
      {ledger !== null && ledger.rows.length === 0 && <Empty icon="graph" title="Nothing has run yet" />}
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
    ['saved', formatSeconds(total.savedSeconds)],
    ['spent', formatSeconds(total.spentSeconds)],
    ['steps reused', `${total.reused} of ${total.reused + total.executed}`],
    ['of the workflows reuse', reusingWorkflows === null ? '–' : `${Math.round(reusingWorkflows * 100)} %`],
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
      <caption className="sr-only">Saved time by {by}</caption>
      <thead>
        <tr>
          <th scope="col">{by.charAt(0).toUpperCase() + by.slice(1)}</th>
          {['Runs', 'With reuse', 'Executed', 'Reused', 'Spent', 'Saved'].map((title) => (
            <th key={title} scope="col" className="number">
              {title}
            </th>
          ))}
        </tr>
      </thead>
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

/** A row leads to what it is of, where there is such a place. */
function toName(by: Group, { name }: LedgerRow): ReactNode {
  if (by === 'run') return <RouteLink to={{ kind: 'run', run: name }}>{shortenRunIds(name)}</RouteLink>;
  return by === 'workflow' ? <RouteLink to={{ kind: 'workflow', workflow: name }}>{name}</RouteLink> : name;
}

function toGroup(text: string): Group {
  return GROUPS.find((group) => group === text) ?? 'day';
}
