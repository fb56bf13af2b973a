import { useCallback, useEffect, useState, type ReactNode } from 'react';
import type { PreviewCell, PreviewDocument } from '../../rde-agent/protocol/previewDocument.ts';
import { PAGE_ROWS } from '../protocol/dataPages.ts';
import type { FromDataPanel, ToDataPanel } from '../protocol/dataPanel.ts';
import { t } from '../protocol/words.ts';
import { formatCount } from '../shared/formatValues.ts';
import type { PanelHost } from '../shared/panelHost.ts';
import { Button } from '../shared/ui/Button.tsx';
import { TextField } from '../shared/ui/TextField.tsx';
import { toMaskNotice, toMaskReason, toWholeText } from './columnTexts.ts';
import type { CellPlace } from './cellPlaces.ts';
import { DataGrid } from './DataGrid.tsx';
import { createPages, rowAt, toMissing, withAsked, withPage, type Pages } from './pages.ts';

export type TableContent = Extract<PreviewDocument['content'], { kind: 'table' }>;
type Host = PanelHost<ToDataPanel, FromDataPanel>;

interface TablePreviewProps {
  readonly table: TableContent;
  readonly name: string;
  readonly host: Host;
}

/** A table of any length: rows are read by pages as they come into sight. What a chosen cell holds stands below in full. */
export function TablePreview({ table, name, host }: TablePreviewProps): ReactNode {
  const { pages, onRange, problem } = usePages(table, host);
  const [chosen, setChosen] = useState<CellPlace | null>(null);
  const [goal, setGoal] = useState('');
  const notice = toMaskNotice(table.columns);
  const goTo = (): void => {
    const row = Number(goal.replaceAll(/[\s,]/g, ''));
    if (goal.trim() !== '' && Number.isInteger(row))
      setChosen({ row: Math.min(Math.max(row, 1), table.rows) - 1, column: chosen?.column ?? 0 });
  };
  if (table.columns.length === 0) return <p className="content quiet">{t('The table has no columns.')}</p>;
  return (
    <>
      <div className="toolbar">
        <TextField
          label={t('Go to row')}
          labelHidden
          placeholder={t('Go to row')}
          icon="symbol-numeric"
          value={goal}
          onChange={setGoal}
          onEnter={goTo}
        />
        <Button onPress={goTo} disabled={table.rows === 0}>
          {t('Go')}
        </Button>
        {notice !== '' && (
          <span className="masks">
            <span className="codicon codicon-lock" aria-hidden="true" /> {notice}
          </span>
        )}
        {problem !== '' && <span className="masks">{t('Rows could not be read: {0}', problem)}</span>}
      </div>
      <DataGrid
        label={t('Rows of {0}', name)}
        columns={table.columns}
        rows={table.rows}
        rowAt={(index) => rowAt(pages, index)}
        onRange={onRange}
        chosen={chosen}
        onChoose={setChosen}
      />
      <ChosenCell table={table} chosen={chosen} row={chosen === null ? undefined : rowAt(pages, chosen.row)} />
    </>
  );
}

function usePages(table: TableContent, host: Host) {
  const [pages, setPages] = useState<Pages>(() => createPages(PAGE_ROWS, table.page));
  const [problem, setProblem] = useState('');
  useEffect(
    () =>
      host.onMessage((message) => {
        if (message.type !== 'page') return;
        setPages((before) => withPage(before, message.offset, message.rows));
        setProblem(message.problem);
      }),
    [host],
  );
  const missing = useCallback((from: number, to: number) => toMissing(pages, from, to), [pages]);
  const onRange = useCallback(
    (from: number, to: number): void => {
      const numbers = missing(from, to);
      if (numbers.length === 0) return;
      setPages((before) => withAsked(before, numbers));
      for (const page of numbers) host.post({ type: 'readPage', offset: page * PAGE_ROWS });
    },
    [host, missing],
  );
  return { pages, onRange, problem };
}

interface ChosenCellProps {
  readonly table: TableContent;
  readonly chosen: CellPlace | null;
  readonly row: readonly PreviewCell[] | undefined;
}

function ChosenCell({ table, chosen, row }: ChosenCellProps): ReactNode {
  const column = chosen === null ? undefined : table.columns[chosen.column];
  return (
    <footer className="cell-text" aria-live="polite">
      {chosen === null || column === undefined ? (
        <span className="quiet">
          {table.rows === 1
            ? t('{0} row. Choose a cell to read all of it.', formatCount(table.rows))
            : t('{0} rows. Choose a cell to read all of it.', formatCount(table.rows))}
        </span>
      ) : (
        <>
          <span className="quiet">{t('Row {0}, {1}:', formatCount(chosen.row + 1), column.name)}</span>{' '}
          {column.masked ? toMaskReason(column) : row === undefined ? '…' : toWholeText(row[chosen.column])}
        </>
      )}
    </footer>
  );
}
