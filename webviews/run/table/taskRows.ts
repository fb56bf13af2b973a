import type { RunView } from '../../../rde-agent/protocol/runView.ts';
import type { TaskView } from '../../../rde-agent/protocol/taskView.ts';
import { toChangeMessage } from '../../protocol/reasonTexts.ts';
import { t } from '../../protocol/words.ts';
import { formatNumber, formatSeconds, shortenRunIds } from '../../shared/formatValues.ts';
import { toStateWord } from '../../shared/stateWords.ts';

/** Columns by which the table can be sorted; `order` = as the workflow lists its tasks. */
export const SORT_COLUMNS = ['order', 'task', 'state', 'decision', 'started', 'seconds'] as const;
export type SortColumn = (typeof SORT_COLUMNS)[number];
export interface Sort {
  readonly by: SortColumn;
  readonly descending: boolean;
}

export const STATE_FILTERS = ['all', 'failed', 'running', 'queued', 'executed', 'reused', 'skipped', 'cancelled'] as const;
export type StateFilter = (typeof STATE_FILTERS)[number];

export interface TaskRow {
  readonly task: TaskView;
  /** module, dataset or workflow; `''` of a task inside a nested run */
  readonly uses: string;
  /** seconds from the submit of the run; `null` = not begun */
  readonly startedAfter: number | null;
  /** what it came to, in one line: the error, what was saved, or why it ran */
  readonly note: string;
}

export function toTaskRows(run: RunView): readonly TaskRow[] {
  const names = new Map(run.steps.map((step) => [step.id, step.name]));
  const submitted = Date.parse(run.submitted);
  return run.order.flatMap((id): readonly TaskRow[] => {
    const task = run.tasks[id];
    if (task === undefined) return [];
    const startedAfter = task.started === null ? null : Math.max(0, (Date.parse(task.started) - submitted) / 1000);
    return [{ task, uses: id.includes('/') ? '' : (names.get(task.step) ?? ''), startedAfter, note: toNote(task) }];
  });
}

function toNote(task: TaskView): string {
  if (task.error !== null) return `${task.error.code}: ${task.error.message}`;
  if (task.decision === 'reused' && task.saved > 0) return t('{0} saved', formatSeconds(task.saved));
  if (task.skipped?.reason === 'condition') return t('its condition was not met');
  if (task.skipped !== undefined) return t('because of {0}', task.skipped.because);
  const [first, ...others] = task.reasons;
  if (first === undefined) return '';
  const text = shortenRunIds(toChangeMessage(first));
  return others.length === 0 ? text : t('{0}, and {1} more', text, others.length);
}

/** `loss 0.12 · rows 1000`: of one line. */
export function toMetricsText({ metrics }: TaskView): string {
  return Object.entries(metrics)
    .map(([name, value]) => `${name} ${formatNumber(value)}`)
    .join(' · ');
}

/** Those in whose name, use, note or metrics every word of `text` is found, and that are of the kind. */
export function filterRows(rows: readonly TaskRow[], text: string, state: StateFilter): readonly TaskRow[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => isOf(row.task, state) && words.every((word) => toHaystack(row).includes(word)));
}

function isOf(task: TaskView, filter: StateFilter): boolean {
  if (filter === 'all') return true;
  return filter === 'executed' || filter === 'reused' ? task.decision === filter : task.state === filter;
}

function toHaystack({ task, uses, note }: TaskRow): string {
  return `${task.id} ${uses} ${note} ${Object.keys(task.metrics).join(' ')} ${toStateWord(task.state)}`.toLowerCase();
}

/** Stable: equal ones stay in the order of the workflow. What has no value stands last, whatever the direction. */
export function sortRows(rows: readonly TaskRow[], { by, descending }: Sort): readonly TaskRow[] {
  if (by === 'order') return descending ? [...rows].reverse() : rows;
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [one, other] = [toSortValue(a, by), toSortValue(b, by)];
    if (one === null || other === null) return Number(one === null) - Number(other === null);
    if (typeof one === 'string' || typeof other === 'string')
      return sign * String(one).localeCompare(String(other), 'en', { numeric: true });
    return sign * (one - other);
  });
}

/** The loudest first. */
const STATES: readonly TaskView['state'][] = ['failed', 'running', 'queued', 'cancelled', 'skipped', 'succeeded'];

function toSortValue({ task, startedAfter }: TaskRow, by: Exclude<SortColumn, 'order'>): string | number | null {
  switch (by) {
    case 'task':
      return task.id;
    case 'state':
      return STATES.indexOf(task.state);
    case 'decision':
      return task.decision;
    case 'started':
      return startedAfter;
    case 'seconds':
      return task.decision === 'executed' && task.finished !== null ? task.seconds : null;
  }
}

/** A click on a column: sorted by it, then the other way round, then as the workflow has it. */
export function toggleSort(sort: Sort, by: SortColumn): Sort {
  if (sort.by !== by) return { by, descending: false };
  return sort.descending ? { by: 'order', descending: false } : { by, descending: true };
}
