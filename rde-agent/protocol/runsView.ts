import type { RunSummary } from './documents.ts';

/** The newest runs of an agent, newest first; at most `RUNS_SHOWN`. Subscription `runs:/`. */
export interface RunsView {
  readonly runs: readonly RunSummary[];
}

export type RunsAction = { readonly type: 'runChanged'; readonly run: RunSummary };

export const RUNS_SHOWN = 100;
export const NO_RUNS: RunsView = { runs: [] };

/** Pure; shared by both ends. Run ids are UUIDv7, so their order is the order of time. */
export function reduceRuns(view: RunsView, action: RunsAction): RunsView {
  if (action.type !== 'runChanged') return view;
  const { pinned = view.runs.find(({ run }) => run === action.run.run)?.pinned === true, ...changed } = action.run;
  const others = view.runs.filter((run) => run.run !== changed.run);
  const runs = [...others, pinned ? { ...changed, pinned } : changed].sort((a, b) => (a.run < b.run ? 1 : -1));
  return { runs: runs.slice(0, RUNS_SHOWN) };
}
