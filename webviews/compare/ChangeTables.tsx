import type { ReactNode } from 'react';
import type { DiffDocument } from '../../rde-agent/protocol/comparisons.ts';
import { formatNumber } from '../shared/formatValues.ts';
import { toDelta, type MetricChange } from './changes.ts';

/** Metrics that differ, with by how much. */
export function MetricTable({ metrics }: { readonly metrics: readonly MetricChange[] }): ReactNode {
  return (
    <ChangeTable
      label="Metrics that differ"
      empty="No metric differs."
      head={['Step', 'Metric', 'Before', 'After', 'Change']}
      numbers
      rows={metrics.map((metric) => [metric.step, metric.name, toNumber(metric.before), toNumber(metric.after), toDelta(metric)])}
    />
  );
}

function toNumber(value: number | null): string | null {
  return value === null ? null : formatNumber(value);
}

export function ParamTable({ diff }: { readonly diff: DiffDocument }): ReactNode {
  return (
    <ChangeTable
      label="Parameters that differ"
      empty="The parameters are the same."
      head={['Parameter', 'Before', 'After']}
      rows={diff.params.map(({ name, before, after }) => [name, before, after])}
    />
  );
}

export function EnvironmentTable({ diff }: { readonly diff: DiffDocument }): ReactNode {
  return (
    <ChangeTable
      label="What differs of environments"
      empty="The environments are the same."
      head={['Environment', 'What', 'Before', 'After']}
      rows={diff.environments.map(({ environment, kind, name, before, after }) => [
        environment,
        name === undefined ? kind : `${kind} ${name}`,
        before,
        after,
      ])}
    />
  );
}

interface ChangeTableProps {
  readonly label: string;
  readonly empty: string;
  readonly head: readonly string[];
  /** `null` = there is none */
  readonly rows: readonly (readonly (string | null)[])[];
  /** the last three columns are numbers */
  readonly numbers?: boolean;
}

function ChangeTable({ label, empty, head, rows, numbers = false }: ChangeTableProps): ReactNode {
  if (rows.length === 0) return <p className="quiet empty">{empty}</p>;
  const classOf = (column: number): string => (numbers && column >= head.length - 3 ? 'number' : '');
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label={label}>
      <table className="changes">
        <thead>
          <tr>
            {head.map((title, column) => (
              <th key={title} scope="col" className={classOf(column)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index}>
              {row.map((cell, column) => (
                <td key={column} className={classOf(column)}>
                  {cell ?? <span className="quiet">none</span>}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
