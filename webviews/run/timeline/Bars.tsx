import type { ReactNode } from 'react';
import { t } from '../../protocol/words.ts';
import { formatSeconds } from '../../shared/formatValues.ts';
import { toStateWord } from '../../shared/stateWords.ts';
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

/** `clean: ran 1.2 s, from 0.3 s on, attempt 2`. */
function toTitle({ kind, from, to, count, bar }: Segment): string {
  const who = count === 1 ? bar.task : t('{0} tasks', count);
  const place = [who, formatSeconds(to - from), formatSeconds(from)] as const;
  const text = {
    waited: t('{0}: waited for a worker {1}, from {2} on', ...place),
    ran: t('{0}: ran {1}, from {2} on', ...place),
    reused: t('{0}: reused at {1}', who, formatSeconds(from)),
    failed: t('{0}: ran and failed {1}, from {2} on', ...place),
    cancelled: t('{0}: was cancelled {1}, from {2} on', ...place),
    running: t('{0}: has run {1}, from {2} on', ...place),
  }[kind];
  return bar.attempts > 1 && count === 1 ? t('{0}, attempt {1}', text, bar.attempts) : text;
}

/** What the bars say, for those who do not see them. */
function toSpoken({ bars, count }: TimelineRow, now: number): string {
  const [first] = bars;
  if (first === undefined) return t('not begun');
  if (count > 1) return t('{0} of {1} reused, {2} begun', bars.filter((bar) => bar.reused).length, count, bars.length);
  if (first.reused) return t('reused at {0}', formatSeconds(first.from));
  const state = first.to === null ? t('has run') : toStateWord(first.state);
  const text = t('{0} {1}, from {2} on', state, formatSeconds((first.to ?? now) - first.from), formatSeconds(first.from));
  const waited = first.from - first.ready;
  return waited > 0.0005 ? t('waited {0}, {1}', formatSeconds(waited), text) : text;
}
