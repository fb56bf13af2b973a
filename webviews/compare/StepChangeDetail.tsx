import type { ReactNode } from 'react';
import type { DiffStep } from '../../rde-agent/protocol/comparisons.ts';
import { t } from '../protocol/words.ts';
import { formatCount, formatNumber } from '../shared/formatValues.ts';
import { ReasonText } from '../shared/ReasonText.tsx';
import { Button } from '../shared/ui/Button.tsx';
import { toDelta } from './changes.ts';

interface StepChangeDetailProps {
  readonly step: DiffStep;
  readonly onOpenCode: () => void;
  readonly onOpenReason: (index: number) => void;
  readonly onClose: () => void;
}

/** All that differs of one step: what it was given differently, then what it gave differently. */
export function StepChangeDetail({ step, onOpenCode, onOpenReason, onClose }: StepChangeDetailProps): ReactNode {
  return (
    <aside className="detail" aria-label={t('What differs of {0}', step.step)}>
      <div className="detail-head">
        <h2>{step.step}</h2>
        <Button kind="icon" icon="close" label={t('Close details')} onPress={onClose} />
      </div>
      <p className="quiet uses">{step.module ?? step.dataset ?? step.workflow ?? ''}</p>
      {step.in !== 'both' && <p>{step.in === 'before' ? t('Only in the run before.') : t('Only in the run after.')}</p>}
      <p className="actions">
        <Button icon="go-to-file" onPress={onOpenCode}>
          {t('Code')}
        </Button>
      </p>
      {step.reasons.length > 0 && (
        <section>
          <h3>{t('Given differently')}</h3>
          <ul className="reasons">
            {step.reasons.map((reason, index) => (
              <li key={index}>
                <ReasonText reason={reason} onOpen={() => onOpenReason(index)} />
              </li>
            ))}
          </ul>
        </section>
      )}
      <Metrics step={step} />
      {step.outputs.length > 0 && (
        <section>
          <h3>{t('Outputs')}</h3>
          <ul className="outputs">
            {step.outputs.map((output) => (
              <Output key={output.name} output={output} />
            ))}
          </ul>
        </section>
      )}
    </aside>
  );
}

function Metrics({ step }: { readonly step: DiffStep }): ReactNode {
  if (step.metrics.length === 0) return null;
  return (
    <section>
      <h3>{t('Metrics')}</h3>
      <dl className="pairs">
        {step.metrics.map((metric) => (
          <div key={metric.name}>
            <dt>{metric.name}</dt>
            <dd className="number">
              {metric.before === null ? t('none') : formatNumber(metric.before)} →{' '}
              {metric.after === null ? t('none') : formatNumber(metric.after)} <b>{toDelta(metric)}</b>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Output({ output }: { readonly output: DiffStep['outputs'][number] }): ReactNode {
  const { name, equal, rows, columns = [] } = output;
  return (
    <li>
      {name} <span className="quiet">{equal ? t('is the same') : t('has other content')}</span>
      {rows !== undefined && rows.before !== rows.after && (
        <span className="quiet"> {t('· rows {0} → {1}', toCount(rows.before), toCount(rows.after))}</span>
      )}
      {columns.length > 0 && (
        <ul className="columns">
          {columns.map(({ column, change, before, after }) => (
            <li key={column}>
              {column}{' '}
              <span className="quiet">
                {toChangeWord(change)}
                {before !== undefined && after !== undefined && before !== after ? `: ${before} → ${after}` : ''}
              </span>
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

type ColumnChange = NonNullable<DiffStep['outputs'][number]['columns']>[number]['change'];

function toChangeWord(change: ColumnChange): string {
  switch (change) {
    case 'added':
      return t('is new');
    case 'removed':
      return t('is gone');
    case 'type':
      return t('has another type');
    case 'content':
      return t('has other values');
  }
}

function toCount(rows: number | null): string {
  return rows === null ? t('none') : formatCount(rows);
}
