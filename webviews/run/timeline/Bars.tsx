import type { ReactNode } from 'react';
import { t } from '../../protocol/words.ts';
import { formatSeconds } from '../../shared/formatValues.ts';
import { toStateWord } from '../../shared/stateWords.ts';
import { countTasks, type Bar } from './attemptBars.ts';
import { toSegments, type Segment } from './segments.ts';
import type { TimelineRow } from './timeline.ts';

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
          key={`${segment.kind}${segment.bar.task} ${segment.bar.attempt}`}
          className={`bar bar-${segment.kind}${segment.count === 1 && segment.bar.task === selected ? ' bar-chosen' : ''}`}
          style={{ left: place(segment.from), width: place(segment.to - segment.from) }}
          title={toTitle(segment)}
          onClick={(event) => {
            event.stopPropagation();
            onChoose(segment.bar.task);
          }}
        >
          <BarMark segment={segment} />
        </span>
      ))}
      {axis.isRunning && <span className="now" style={{ left: place(axis.now) }} />}
    </>
  );
}

/** What is not to be told by colour alone: that an attempt failed, and of a task that was tried again which attempt a bar is. */
function BarMark({ segment: { kind, count, bar } }: { readonly segment: Segment }): ReactNode {
  if (kind === 'waited') return null;
  const icon = kind === 'failed' || kind === 'retried' ? (bar.past?.end === 'lost' ? 'debug-disconnect' : 'error') : null;
  const isCounted = count === 1 && bar.attempts > 1;
  if (icon === null && !isCounted) return null;
  return (
    <span className="bar-mark">
      {icon !== null && <span className={`codicon codicon-${icon}`} aria-hidden="true" />}
      {isCounted && bar.attempt}
    </span>
  );
}

/** `clean: ran 1.2 s, from 0.3 s on, attempt 2`. */
function toTitle({ kind, from, to, count, bar }: Segment): string {
  const who = count === 1 ? bar.task : t('{0} tasks', count);
  const place = [who, formatSeconds(to - from), formatSeconds(from)] as const;
  const text = {
    waited:
      bar.attempt > 1
        ? t('{0}: waited {1} to be tried again, from {2} on', ...place)
        : t('{0}: waited for a worker {1}, from {2} on', ...place),
    ran: t('{0}: ran {1}, from {2} on', ...place),
    reused: t('{0}: reused at {1}', who, formatSeconds(from)),
    retried:
      bar.past?.end === 'lost'
        ? t('{0}: was lost with the agent after {1}, from {2} on', ...place)
        : t('{0}: failed after {1} and was tried again, from {2} on', ...place),
    failed: t('{0}: ran and failed {1}, from {2} on', ...place),
    cancelled: t('{0}: was cancelled {1}, from {2} on', ...place),
    running: t('{0}: has run {1}, from {2} on', ...place),
  }[kind];
  const told = count === 1 && bar.attempts > 1 && kind !== 'waited' ? t('{0}, attempt {1}', text, bar.attempt) : text;
  return count === 1 && kind === 'retried' && bar.past?.error ? `${told}: ${bar.past.error.code}` : told;
}

/** What the bars say, for those who do not see them. */
function toSpoken({ bars, count }: TimelineRow, now: number): string {
  const newest = bars.at(-1);
  if (newest === undefined) return t('not begun');
  if (count > 1) return t('{0} of {1} reused, {2} begun', bars.filter((bar) => bar.reused).length, count, countTasks(bars));
  const [first = newest] = bars;
  const past = bars.flatMap((bar) => (bar.past === undefined ? [] : toSpokenPast(bar)));
  const text = [...past, toSpokenNewest(newest, now)].join(', ');
  const waited = first.from - first.ready;
  return waited > 0.0005 ? t('waited {0}, {1}', formatSeconds(waited), text) : text;
}

function toSpokenPast({ attempt, from, to, past }: Bar): string {
  const seconds = formatSeconds((to ?? from) - from);
  return past?.end === 'lost' ? t('attempt {0} was lost after {1}', attempt, seconds) : t('attempt {0} failed after {1}', attempt, seconds);
}

function toSpokenNewest({ state, reused, from, to, past }: Bar, now: number): string {
  if (reused) return t('reused at {0}', formatSeconds(from));
  if (state === 'queued' || past !== undefined) return t('waits to be tried again');
  return t('{0} {1}, from {2} on', to === null ? t('has run') : toStateWord(state), formatSeconds((to ?? now) - from), formatSeconds(from));
}
