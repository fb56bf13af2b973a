import { useMemo, type KeyboardEvent, type ReactNode } from 'react';
import type { RunView } from '../../../rde-agent/protocol/runView.ts';
import type { TaskView } from '../../../rde-agent/protocol/taskView.ts';
import { t } from '../../protocol/words.ts';
import { formatSeconds } from '../../shared/formatValues.ts';
import { DecisionBadge, StateIcon } from '../../shared/StateIcon.tsx';
import { Dropdown } from '../../shared/ui/Dropdown.tsx';
import { TextField } from '../../shared/ui/TextField.tsx';
import { VirtualRows } from '../../shared/VirtualRows.tsx';
import type { RunPanelView } from '../runPanelView.ts';
import {
  filterRows,
  sortRows,
  STATE_FILTERS,
  toggleSort,
  toMetricsText,
  toTaskRows,
  type Sort,
  type SortColumn,
  type StateFilter,
  type TaskRow,
} from './taskRows.ts';

const ROW_HEIGHT = 28;

function toFilterText(filter: StateFilter): string {
  switch (filter) {
    case 'all':
      return t('All tasks');
    case 'failed':
      return t('Failed');
    case 'running':
      return t('Running');
    case 'queued':
      return t('Queued');
    case 'executed':
      return t('Executed');
    case 'reused':
      return t('Reused');
    case 'skipped':
      return t('Skipped');
    case 'cancelled':
      return t('Cancelled');
  }
}

interface TaskTableProps {
  readonly run: RunView;
  readonly view: RunPanelView;
  readonly onChange: (change: Partial<RunPanelView>) => void;
  /** the line that a task failed at, of any other its code */
  readonly onOpen: (task: string) => void;
  readonly onOpenLog: (task: string) => void;
}

/** Every task in a row: what it did, why, how long it took and what it measured. Enter opens its code (the line that it failed at), Alt+Enter its log. */
export function TaskTable({ run, view, onChange, onOpen, onOpenLog }: TaskTableProps): ReactNode {
  const { filter, state, sort, selected } = view;
  const all = useMemo(() => toTaskRows(run), [run]);
  const rows = useMemo(() => sortRows(filterRows(all, filter, state), sort), [all, filter, state, sort]);
  const hasMetrics = all.some((row) => Object.keys(row.task.metrics).length > 0);
  const active = rows.findIndex((row) => row.task.id === selected);
  const onKey = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' || selected === null) return;
    if (event.altKey) onOpenLog(selected);
    else onOpen(selected);
  };
  return (
    <div className="view">
      <div className="toolbar">
        <TextField
          label={t('Filter tasks')}
          labelHidden
          placeholder={t('Filter by name, reason or metric')}
          icon="filter"
          value={filter}
          onChange={(value) => onChange({ filter: value })}
        />
        <Dropdown
          label={t('Which tasks')}
          labelHidden
          value={state}
          options={STATE_FILTERS.map((value) => ({ value, label: toFilterText(value) }))}
          onChange={(value) => onChange({ state: value })}
        />
        <span className="quiet" role="status">
          {toCountText(rows.length, all.length)}
        </span>
      </div>
      <VirtualRows
        label={t('Tasks of the run')}
        role="grid"
        className={hasMetrics ? 'tasks with-metrics' : 'tasks'}
        count={rows.length}
        rowHeight={ROW_HEIGHT}
        active={active}
        onMove={(index) => onChange({ selected: rows[index]?.task.id ?? null })}
        onKey={onKey}
        header={<Head sort={sort} hasMetrics={hasMetrics} onSort={(by) => onChange({ sort: toggleSort(sort, by) })} />}
        row={(index) => toLook(rows[index], hasMetrics)}
      />
      {rows.length === 0 && <p className="empty quiet">{t('No task is like that.')}</p>}
    </div>
  );
}

function toCountText(shown: number, all: number): string {
  if (shown !== all) return t('{0} of {1} tasks', shown, all);
  return all === 1 ? t('{0} task', all) : t('{0} tasks', all);
}

interface Column {
  readonly by: SortColumn | null;
  readonly title: string;
  readonly className?: string;
}

function toColumns(hasMetrics: boolean): readonly Column[] {
  return [
    { by: 'task', title: t('Task') },
    { by: 'state', title: t('State') },
    { by: 'decision', title: t('Decision') },
    { by: 'started', title: t('Began'), className: 'number' },
    { by: 'seconds', title: t('Took'), className: 'number' },
    ...(hasMetrics ? [{ by: null, title: t('Metrics') }] : []),
    { by: null, title: t('Why') },
  ];
}

function Head({
  sort,
  hasMetrics,
  onSort,
}: {
  readonly sort: Sort;
  readonly hasMetrics: boolean;
  readonly onSort: (by: SortColumn) => void;
}): ReactNode {
  return toColumns(hasMetrics).map(({ by, title, className }, index) => (
    <div
      key={index}
      role="columnheader"
      className={className ?? ''}
      aria-sort={by === null || by !== sort.by ? undefined : sort.descending ? 'descending' : 'ascending'}
    >
      {by === null ? (
        title
      ) : (
        <button type="button" className="sort" onClick={() => onSort(by)}>
          {title}
          {by === sort.by && <span className={`codicon codicon-arrow-${sort.descending ? 'down' : 'up'}`} aria-hidden="true" />}
        </button>
      )}
    </div>
  ));
}

function toLook(row: TaskRow | undefined, hasMetrics: boolean) {
  if (row === undefined) return { content: null };
  const { task, note, startedAfter, uses } = row;
  const isReused = task.decision === 'reused';
  const isDone = task.decision === 'executed' && task.state !== 'running';
  const content = (
    <>
      <div role="rowheader" className="name" title={uses === '' ? task.id : `${task.id} · ${uses}`}>
        {task.id}
      </div>
      <div role="gridcell">
        <StateIcon state={task.state} />
        <Progress task={task} />
      </div>
      <div role="gridcell">
        <DecisionBadge reused={isReused ? 1 : 0} executed={isDone ? 1 : 0} total={1} />
      </div>
      <div role="gridcell" className="number quiet">
        {startedAfter === null ? '' : `+${formatSeconds(startedAfter)}`}
      </div>
      <div role="gridcell" className="number">
        {isDone ? formatSeconds(task.seconds) : ''}
        {task.attempts > 1 && <span className="quiet"> ×{task.attempts}</span>}
      </div>
      {hasMetrics && (
        <div role="gridcell" className="metrics" title={toMetricsText(task)}>
          {toMetricsText(task)}
        </div>
      )}
      <div role="gridcell" className={task.error === null ? 'note quiet' : 'note'} title={note}>
        {note}
      </div>
    </>
  );
  return { content, className: 'task-row' };
}

function Progress({ task }: { readonly task: TaskView }): ReactNode {
  const { progress } = task;
  if (progress === null || task.state !== 'running') return null;
  const share = progress.total === null ? null : Math.min(1, progress.done / Math.max(progress.total, 1));
  return (
    <span className="quiet progress" title={progress.message}>
      {share === null ? progress.done : <progress max={1} value={share} aria-label={t('Progress of {0}', task.id)} />}
      {share !== null && `${Math.floor(100 * share)} %`}
    </span>
  );
}
