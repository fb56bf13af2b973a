import type { RunView, StepView } from '../../../rde-agent/protocol/runView.ts';
import type { TaskState, TaskView } from '../../../rde-agent/protocol/taskView.ts';

/** Seconds since the submit of the run. */
export interface Bar {
  readonly task: string;
  /** it had all it needs; before `from` it waited for a worker */
  readonly ready: number;
  readonly from: number;
  /** `null` = it runs still */
  readonly to: number | null;
  readonly state: TaskState;
  readonly reused: boolean;
  readonly attempts: number;
}

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
  const toBar = createBars(run);
  return toGroups(run).flatMap(({ step, level, tasks }) => {
    const common = { level, critical: critical.has(step) };
    const [only] = tasks;
    if (tasks.length === 1 && only !== undefined)
      return [{ ...common, key: only.id, label: only.id, task: only.id, count: 1, bars: toBars(tasks, toBar) }];
    const isExpanded = expanded.has(step);
    const folded = { ...common, key: step, label: step, task: null, count: tasks.length, expanded: isExpanded, bars: toBars(tasks, toBar) };
    const inner = tasks.map((task) => ({
      ...common,
      key: task.id,
      label: task.id.slice(step.length),
      level: level + 1,
      task: task.id,
      count: 1,
      critical: false,
      bars: toBars([task], toBar),
    }));
    return isExpanded ? [folded, ...inner] : [folded];
  });
}

/** As many rows for each cluster as it ran tasks side by side: each task in the first row that was free. */
export function toLaneRows(run: RunView): readonly TimelineRow[] {
  const toBar = createBars(run);
  const clusters = Map.groupBy(
    run.order.flatMap((id) => run.tasks[id] ?? []).filter((task) => task.decision !== 'reused' && task.run === undefined),
    (task) => task.cluster,
  );
  return [...clusters].flatMap(([cluster, tasks]) =>
    pack(toBars(tasks, toBar)).map((bars, index) => {
      const name = `${cluster} ${String(index + 1)}`;
      return { key: name, label: name, level: 1, task: null, count: bars.length, critical: false, bars };
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

function toBars(tasks: readonly TaskView[], toBar: (task: TaskView) => Bar | null): readonly Bar[] {
  return tasks.flatMap((task) => toBar(task) ?? []);
}

/** `null` = it has not begun, and nothing of it can be drawn. */
function createBars(run: RunView): (task: TaskView) => Bar | null {
  const submitted = Date.parse(run.submitted);
  const steps = new Map(run.steps.map((step) => [step.id, step]));
  const ends = new Map<string, number>();
  const since = (time: string): number => Math.max(0, (Date.parse(time) - submitted) / 1000);
  const endOf = (step: string): number => {
    const known = ends.get(step) ?? toEnd(steps.get(step), run, since);
    ends.set(step, known);
    return known;
  };
  return (task) => {
    if (task.started === null) return null;
    const to = task.finished === null ? null : since(task.finished);
    // Of one of a batch only its end was told: start and end are the same then.
    const from = to === null ? since(task.started) : Math.max(0, Math.min(since(task.started), to - task.seconds));
    const needs = task.id.includes('/') ? [] : (steps.get(task.step)?.needs ?? []);
    const ready = needs.length === 0 ? (task.id.includes('/') ? from : 0) : Math.max(...needs.map(endOf));
    const isReused = task.decision === 'reused';
    return {
      task: task.id,
      ready: isReused ? from : Math.min(ready, from),
      from,
      to,
      state: task.state,
      reused: isReused,
      attempts: task.attempts,
    };
  };
}

function toEnd(step: StepView | undefined, run: RunView, since: (time: string) => number): number {
  const ends = step?.tasks.map((id) => run.tasks[id]?.finished ?? null) ?? [];
  return ends.reduce((latest, end) => (end === null ? latest : Math.max(latest, since(end))), 0);
}

/** Times of one pixel's width are one: what is drawn of a row of thousands of tasks. */
export interface Segment {
  readonly from: number;
  readonly to: number;
  readonly kind: 'waited' | 'ran' | 'reused' | 'failed' | 'cancelled' | 'running';
  /** how many tasks are in it */
  readonly count: number;
  /** the first of them */
  readonly bar: Bar;
}

/** What a row draws, left to right: bars that touch are one, where they are nearer than `gap` seconds and of one kind. */
export function toSegments(bars: readonly Bar[], now: number, gap: number): readonly Segment[] {
  const segments = bars.flatMap((bar) => toOwnSegments(bar, now)).sort((a, b) => a.from - b.from || a.to - b.to);
  if (bars.length === 1) return segments;
  const merged = new Map<Segment['kind'], Segment[]>();
  for (const segment of segments) {
    const sameKind = merged.get(segment.kind) ?? [];
    merged.set(segment.kind, sameKind);
    const last = sameKind.at(-1);
    if (last === undefined || segment.from > last.to + gap) sameKind.push(segment);
    else sameKind[sameKind.length - 1] = { ...last, to: Math.max(last.to, segment.to), count: last.count + 1 };
  }
  return [...merged.values()].flat();
}

function toOwnSegments(bar: Bar, now: number): readonly Segment[] {
  const own: Segment = { from: bar.from, to: Math.max(bar.from, bar.to ?? now), kind: toKind(bar), count: 1, bar };
  return bar.from - bar.ready > 0.0005 ? [{ from: bar.ready, to: bar.from, kind: 'waited', count: 1, bar }, own] : [own];
}

function toKind({ reused, state }: Bar): Segment['kind'] {
  if (reused) return 'reused';
  if (state === 'failed' || state === 'cancelled' || state === 'running') return state;
  return 'ran';
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
