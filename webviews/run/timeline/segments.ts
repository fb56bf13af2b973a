import type { Bar } from './attemptBars.ts';

/** Times of one pixel's width are one: what is drawn of a row of thousands of tasks. */
export interface Segment {
  readonly from: number;
  readonly to: number;
  /** `retried`: an attempt that failed or was lost, and was not the last */
  readonly kind: 'waited' | 'ran' | 'reused' | 'retried' | 'failed' | 'cancelled' | 'running';
  /** how many tasks are in it */
  readonly count: number;
  /** the first of them */
  readonly bar: Bar;
}

/** What a row draws, left to right: bars of several tasks that touch are one, where they are nearer than `gap` seconds and of one kind. */
export function toSegments(bars: readonly Bar[], now: number, gap: number): readonly Segment[] {
  const segments = bars.flatMap((bar) => toOwnSegments(bar, now)).sort((a, b) => a.from - b.from || a.to - b.to);
  if (bars.every((bar) => bar.task === bars[0]?.task)) return segments;
  const merged = new Map<Segment['kind'], { segment: Segment; readonly tasks: Set<string> }[]>();
  for (const segment of segments) {
    const sameKind = merged.get(segment.kind) ?? [];
    merged.set(segment.kind, sameKind);
    const last = sameKind.at(-1);
    if (last === undefined || segment.from > last.segment.to + gap) sameKind.push({ segment, tasks: new Set([segment.bar.task]) });
    else {
      last.segment = { ...last.segment, to: Math.max(last.segment.to, segment.to) };
      last.tasks.add(segment.bar.task);
    }
  }
  return [...merged.values()].flat().map(({ segment, tasks }) => ({ ...segment, count: tasks.size }));
}

function toOwnSegments(bar: Bar, now: number): readonly Segment[] {
  if (bar.state === 'queued') return [{ from: bar.ready, to: Math.max(bar.ready, now), kind: 'waited', count: 1, bar }];
  const own: Segment = { from: bar.from, to: Math.max(bar.from, bar.to ?? now), kind: toKind(bar), count: 1, bar };
  return bar.from - bar.ready > 0.0005 ? [{ from: bar.ready, to: bar.from, kind: 'waited', count: 1, bar }, own] : [own];
}

function toKind({ reused, state, past }: Bar): Segment['kind'] {
  if (reused) return 'reused';
  if (past !== undefined) return 'retried';
  if (state === 'failed' || state === 'cancelled' || state === 'running') return state;
  return 'ran';
}
