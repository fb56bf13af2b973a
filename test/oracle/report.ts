import { NO_OPS } from './edits.ts';
import { isChanged, isReused, isStale, toExcuse, type Trial } from './trials.ts';

/** Of each kind: how many edits, how many changed a result, how many of those were reused, and how many that changed nothing were. */
export function toTable(trials: readonly Trial[]): string {
  const kinds = [...new Set(trials.map(({ edit }) => edit.kind))].sort();
  const rows = kinds.map((kind) =>
    toRow(
      kind,
      trials.filter(({ edit }) => edit.kind === kind),
    ),
  );
  const header = ['kind', 'edits', 'runs', 'changed', 'stale', 'unchanged', 'reused of them'];
  return toColumns([header, ...rows, toRow('all', trials)]);
}

function toRow(kind: string, trials: readonly Trial[]): string[] {
  const unchanged = trials.filter((trial) => !isChanged(trial));
  const counts = [countEdits(trials), trials.length, trials.length - unchanged.length, trials.filter(isStale).length, unchanged.length];
  return [kind, ...counts.map(String), `${String(unchanged.filter(isReused).length)} (${toPercent(unchanged)})`];
}

export function countEdits(trials: readonly Trial[]): number {
  return new Set(trials.map(({ edit }) => edit)).size;
}

function toPercent(trials: readonly Trial[]): string {
  return trials.length === 0 ? '–' : `${(shareReused(trials) * 100).toFixed(1)} %`;
}

export function shareReused(trials: readonly Trial[]): number {
  return trials.length === 0 ? 1 : trials.filter(isReused).length / trials.length;
}

export interface Precision {
  /** edits that change nothing, but where the program looks at what they change */
  readonly noOps: readonly Trial[];
  /** edits within functions that did not run */
  readonly unreached: readonly Trial[];
  /** programs that look at lines, frames or docstrings → why, and how many of their edits were left out of the two for it */
  readonly apart: ReadonlyMap<string, number>;
}

export function toPrecision(trials: readonly Trial[]): Precision {
  const apart = new Map<string, number>();
  const ordinary = trials.filter((trial) => {
    if (isChanged(trial) || !(NO_OPS.has(trial.edit.kind) || !trial.edit.reached)) return false;
    const excuse = toExcuse(trial);
    if (excuse === undefined) return true;
    const name = `${trial.program}: ${excuse}`;
    apart.set(name, (apart.get(name) ?? 0) + 1);
    return false;
  });
  return {
    noOps: ordinary.filter(({ edit }) => NO_OPS.has(edit.kind)),
    unreached: ordinary.filter(({ edit }) => !edit.reached && !NO_OPS.has(edit.kind)),
    apart,
  };
}

function toColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const toLine = (row: readonly string[]): string =>
    row.map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0))).join('  ');
  return rows.map(toLine).join('\n');
}
