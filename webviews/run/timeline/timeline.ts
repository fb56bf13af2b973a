import type { RunView } from '../../../rde-agent/protocol/runView.ts';
import type { TaskView } from '../../../rde-agent/protocol/taskView.ts';
import { countTasks, createBars, type Bar } from './attemptBars.ts';

export interface TimelineRow {
  readonly key: string;
  readonly label: string;
  /** from 1 */
  readonly level: number;
  /** the task that choosing the row chooses; `null` = it stands for several */
  readonly task: string | null;
  /** how many tasks it stands for */
  readonly count: number;
  /** absent = it holds no others */
  readonly expanded?: boolean;
  /** what none of its time can be spared of */
  readonly critical: boolean;
  readonly bars: readonly Bar[];
}

interface Group {
  readonly step: string;
  readonly level: number;
  readonly tasks: readonly TaskView[];
}

/** One row for each step, in the order of the workflow; a fan-out is one row until it is expanded. Tasks of nested runs stand below theirs. */
export function toStepRows(run: RunView, expanded: ReadonlySet<string>, critical: ReadonlySet<string>): readonly TimelineRow[] {
  const toBars = createBars(run);
  return toGroups(run).flatMap(({ step, level, tasks }) => {
    const common = { level, critical: critical.has(step) };
    const [only] = tasks;
    if (tasks.length === 1 && only !== undefined)
      return [{ ...common, key: only.id, label: only.id, task: only.id, count: 1, bars: tasks.flatMap(toBars) }];
    const isExpanded = expanded.has(step);
    const folded = {
      ...common,
      key: step,
      label: step,
      task: null,
      count: tasks.length,
      expanded: isExpanded,
      bars: tasks.flatMap(toBars),
    };
    const inner = tasks.map((task) => ({
      ...common,
      key: task.id,
      label: task.id.slice(step.length),
      level: level + 1,
      task: task.id,
      count: 1,
      critical: false,
      bars: toBars(task),
    }));
    return isExpanded ? [folded, ...inner] : [folded];
  });
}

/** As many rows for each cluster as it ran tasks side by side: each task in the first row that was free. */
export function toLaneRows(run: RunView): readonly TimelineRow[] {
  const toBars = createBars(run);
  const clusters = Map.groupBy(
    run.order.flatMap((id) => run.tasks[id] ?? []).filter((task) => task.decision !== 'reused' && task.run === undefined),
    (task) => task.cluster,
  );
  return [...clusters].flatMap(([cluster, tasks]) =>
    pack(tasks.flatMap(toBars).filter((bar) => bar.state !== 'queued')).map((bars, index) => {
      const name = `${cluster} ${String(index + 1)}`;
      return { key: name, label: name, level: 1, task: null, count: countTasks(bars), critical: false, bars };
    }),
  );
}

function pack(bars: readonly Bar[]): readonly (readonly Bar[])[] {
  const lanes: Bar[][] = [];
  const ends: number[] = [];
  for (const bar of [...bars].sort((a, b) => a.from - b.from)) {
    const free = ends.findIndex((end) => end <= bar.from);
    const lane = free < 0 ? lanes.length : free;
    (lanes[lane] ??= []).push(bar);
    ends[lane] = bar.to ?? Infinity;
  }
  return lanes;
}

function toGroups(run: RunView): readonly Group[] {
  const groups = new Map<string, TaskView[]>();
  for (const id of run.order) {
    const task = run.tasks[id];
    if (task === undefined) continue;
    const step = toStepPath(id);
    const group = groups.get(step);
    if (group === undefined) groups.set(step, [task]);
    else group.push(task);
  }
  return [...groups].map(([step, tasks]) => ({ step, tasks, level: outsideBrackets(step).split('/').length }));
}

/** `check/each[a/b]` → `check/each`: the last brackets name an element. */
function toStepPath(id: string): string {
  return id.replace(/\[[^\]]*\]$/s, '');
}

function outsideBrackets(id: string): string {
  return id.replaceAll(/\[[^\]]*\]/g, '');
}

/** The end of the axis: of a run that goes on with room to grow, so that its bars stand still for most of the time. */
export function toAxisEnd(seconds: number, isRunning: boolean): number {
  const least = Math.max(seconds, 0.001);
  if (!isRunning) return least * 1.02;
  return toNiceStep(least * 1.2);
}

/** 1, 2 or 5 times a power of ten, or of minutes and hours; at least `least`. */
function toNiceStep(least: number): number {
  const longer = [60, 120, 300, 600, 1800, 3600, 7200, 18_000, 36_000, 86_400].find((step) => step >= least);
  if (least > 30 && longer !== undefined) return longer;
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5, 10].find((factor) => power * factor >= least * 0.999_999) ?? 10);
}

/** Where the axis is marked: about `count` round times from 0. */
export function toTicks(end: number, count: number): readonly number[] {
  const step = toNiceStep(end / Math.max(1, count));
  return Array.from({ length: Math.floor(end / step) + 1 }, (_, index) => index * step);
}
