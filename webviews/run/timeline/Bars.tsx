import type { ReactNode } from 'react';
import { formatSeconds } from '../../shared/formatValues.ts';
import { toSegments, type Segment, type TimelineRow } from './timeline.ts';

interface BarsProps {
  readonly row: TimelineRow;
  readonly axis: { readonly end: number; readonly now: number; readonly width: number; readonly isRunning: boolean };
  readonly selected: string | null;
  readonly onChoose: (task: string) => void;
}

/** The bars of one row: places in percent of the axis, so that a wider page draws nothing anew. */
export function Bars({ row, axis, selected, onChoose }: BarsProps): ReactNode {
  const segments = toSegments(row.bars, axis.now, (2 * axis.end) / axis.width);
  const place = (seconds: number): string => `${(100 * seconds) / axis.end}%`;
  return (
    <>
      <span className="sr-only">{toSpoken(row, axis.now)}</span>
      {segments.map((segment) => (
        <span
          key={`${segment.kind}${segment.bar.task}`}
          className={`bar bar-${segment.kind}${segment.count === 1 && segment.bar.task === selected ? ' bar-chosen' : ''}`}
          style={{ left: place(segment.from), width: place(segment.to - segment.from) }}
          title={toTitle(segment)}
          onClick={(event) => {
            event.stopPropagation();
            onChoose(segment.bar.task);
          }}
        >
          {segment.count === 1 && segment.bar.attempts > 1 && segment.kind !== 'waited' ? `×${segment.bar.attempts}` : null}
        </span>
      ))}
      {axis.isRunning && <span className="now" style={{ left: place(axis.now) }} />}
    </>
  );
}

function toTitle({ kind, from, to, count, bar }: Segment): string {
  const who = count === 1 ? bar.task : `${count} tasks`;
  const tries = bar.attempts > 1 && count === 1 ? `, attempt ${bar.attempts}` : '';
  const span = kind === 'reused' ? `at ${formatSeconds(from)}` : `${formatSeconds(to - from)}, from ${formatSeconds(from)} on`;
  const what = {
    waited: 'waited for a worker',
    ran: 'ran',
    reused: 'reused',
    failed: 'ran and failed',
    cancelled: 'was cancelled',
    running: 'has run',
  }[kind];
  return `${who}: ${what} ${span}${tries}`;
}

/** What the bars say, for those who do not see them. */
function toSpoken({ bars, count }: TimelineRow, now: number): string {
  const [first] = bars;
  if (first === undefined) return 'not begun';
  if (count > 1) return `${bars.filter((bar) => bar.reused).length} of ${count} reused, ${bars.length} begun`;
  if (first.reused) return `reused at ${formatSeconds(first.from)}`;
  const waited = first.from - first.ready > 0.0005 ? `waited ${formatSeconds(first.from - first.ready)}, ` : '';
  return `${waited}${first.to === null ? 'has run' : first.state} ${formatSeconds((first.to ?? now) - first.from)}, from ${formatSeconds(first.from)} on`;
}
