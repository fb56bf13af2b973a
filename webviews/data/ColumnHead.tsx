import type { CSSProperties, ReactNode } from 'react';
import type { PreviewColumn } from '../../rde-agent/protocol/previewDocument.ts';
import { t } from '../protocol/words.ts';
import { toBinTexts, toMaskReason, toStatistics } from './columnTexts.ts';

interface ColumnHeadProps {
  readonly column: PreviewColumn | undefined;
  readonly index: number;
  readonly rows: number;
  readonly style: CSSProperties;
}

/** What is known of a column: name, type, labels, how its values lie. */
export function ColumnHead({ column, index, rows, style }: ColumnHeadProps): ReactNode {
  if (column === undefined) return null;
  const { name, type, labels, masked, histogram } = column;
  return (
    <div role="columnheader" aria-colindex={index + 2} className="column-head" style={style} title={`${name}: ${type}`}>
      <div className="column-name">
        {masked && <span className="codicon codicon-lock" role="img" aria-label={t('masked')} title={toMaskReason(column)} />}
        <b>{name}</b>
      </div>
      <div className="column-type quiet">
        <span>{type}</span>
        {labels === null ? (
          <span className="label">{t('not classified')}</span>
        ) : (
          labels.map((label) => <Label key={label} label={label} />)
        )}
      </div>
      {masked ? (
        <div className="column-mask quiet" title={toMaskReason(column)}>
          {t('masked')}
        </div>
      ) : (
        <Histogram column={column} />
      )}
      <div className="column-statistics quiet" title={toStatistics(column, rows).join(', ')}>
        {toStatistics(column, rows)
          .slice(0, histogram.length > 0 ? 3 : 4)
          .map((line) => (
            <span key={line}>{line}</span>
          ))}
      </div>
    </div>
  );
}

function Label({ label }: { readonly label: string }): ReactNode {
  return <span className="label">{label}</span>;
}

function Histogram({ column }: { readonly column: PreviewColumn }): ReactNode {
  const { histogram } = column;
  if (histogram.length === 0) return <div className="histogram" />;
  const most = Math.max(1, ...histogram);
  const texts = toBinTexts(column);
  return (
    <div className="histogram" role="img" aria-label={t('Histogram of {0}', column.name)}>
      {histogram.map((count, index) => (
        <span key={index} style={{ height: `${count === 0 ? 0 : Math.max(4, (100 * count) / most)}%` }} title={texts[index]} />
      ))}
    </div>
  );
}
