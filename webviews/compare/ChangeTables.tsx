import type { ReactNode } from 'react';
import type { DiffDocument } from '../../rde-agent/protocol/comparisons.ts';
import { t } from '../protocol/words.ts';
import { formatNumber } from '../shared/formatValues.ts';
import { toDelta, type MetricChange } from './changes.ts';

interface MetricTableProps {
  readonly metrics: readonly MetricChange[];
  readonly selected: string | null;
  readonly onSelect: (step: string) => void;
}

/** Metrics that differ, with by how much; each leads to its step. */
export function MetricTable({ metrics, selected, onSelect }: MetricTableProps): ReactNode {
  return (
    <ChangeTable
      label={t('Metrics that differ')}
      empty={t('No metric differs.')}
      head={[t('Step'), t('Metric'), t('Before'), t('After'), t('Change')]}
      numbers
      rows={metrics.map((metric) => [metric.step, metric.name, toNumber(metric.before), toNumber(metric.after), toDelta(metric)])}
      steps={{ selected, onSelect }}
    />
  );
}

function toNumber(value: number | null): string | null {
  return value === null ? null : formatNumber(value);
}

export function ParamTable({ diff }: { readonly diff: DiffDocument }): ReactNode {
  return (
    <ChangeTable
      label={t('Parameters that differ')}
      empty={t('The parameters are the same.')}
      head={[t('Parameter'), t('Before'), t('After')]}
      rows={diff.params.map(({ name, before, after }) => [name, before, after])}
    />
  );
}

export function EnvironmentTable({ diff }: { readonly diff: DiffDocument }): ReactNode {
  return (
    <ChangeTable
      label={t('What differs of environments')}
      empty={t('The environments are the same.')}
      head={[t('Environment'), t('What'), t('Before'), t('After')]}
      rows={diff.environments.map(({ environment, kind, name, before, after }) => [
        environment,
        name === undefined ? toKindWord(kind) : t('{0} {1}', toKindWord(kind), name),
        before,
        after,
      ])}
    />
  );
}

function toKindWord(kind: DiffDocument['environments'][number]['kind']): string {
  switch (kind) {
    case 'platform':
      return t('platform');
    case 'image':
      return t('image');
    case 'package':
      return t('package');
    case 'variable':
      return t('variable');
    default:
      return kind; // the name of a language
  }
}

interface ChangeTableProps {
  readonly label: string;
  readonly empty: string;
  readonly head: readonly string[];
  /** `null` = there is none */
  readonly rows: readonly (readonly (string | null)[])[];
  /** the last three columns are numbers */
  readonly numbers?: boolean;
  /** the first column names steps, of which one is chosen */
  readonly steps?: { readonly selected: string | null; readonly onSelect: (step: string) => void };
}

function ChangeTable({ label, empty, head, rows, numbers = false, steps }: ChangeTableProps): ReactNode {
  if (rows.length === 0) return <p className="quiet empty">{empty}</p>;
  const classOf = (column: number): string => (numbers && column >= head.length - 3 ? 'number' : '');
  return (
    <div className="table-frame" tabIndex={0} role="region" aria-label={label}>
      <table className="changes">
        <thead>
          <tr>
            {head.map((title, column) => (
              <th key={column} scope="col" className={classOf(column)}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, index) => (
            <tr key={index} aria-current={steps !== undefined && row[0] === steps.selected ? 'true' : undefined}>
              {row.map((cell, column) => (
                <td key={column} className={classOf(column)}>
                  {column === 0 && steps !== undefined && cell !== null ? (
                    <button type="button" className="link" onClick={() => steps.onSelect(cell)}>
                      {cell}
                    </button>
                  ) : (
                    (cell ?? <span className="quiet">{t('none')}</span>)
                  )}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
