import type { DiffDocument } from '../../../rde-agent/protocol/comparisons.ts';
import { NO_LOOK, type NodeLook, type Tone } from '../../graph/graphModel.ts';
import { toChangeMessage } from '../../protocol/reasonTexts.ts';
import { t } from '../../protocol/words.ts';
import { formatSeconds, shortenRunIds } from '../../shared/formatValues.ts';
import { toStateWord } from '../../shared/stateWords.ts';
import { toPairText } from '../changes.ts';
import { toStepChanges, type StepChange } from './stepChanges.ts';

/** words on a box, and reasons in its tip, at most */
const MOST_WORDS = 2;
const MOST_REASONS = 3;

/** Of boxes on which something is to be looked at: all others are the same in both runs. */
export const DIFFERENT: readonly Tone[] = ['bad', 'ok', 'due', 'quiet'];

/** What stands on each step: the same or in what it differs, and what it took in both runs. */
export function toCompareLooks(diff: DiffDocument): ReadonlyMap<string, NodeLook> {
  return new Map([...toStepChanges(diff)].map(([path, change]) => [path, toCompareLook(change)]));
}

export function toCompareLook(change: StepChange): NodeLook {
  const { different, total } = change;
  return {
    ...NO_LOOK,
    ...toState(change),
    time: toTimeText(change),
    count: total === 1 ? '' : different > 0 ? `${different}/${total}` : `× ${total}`,
    note: toNote(change),
  };
}

type State = Pick<NodeLook, 'tone' | 'icon' | 'text' | 'badge'>;

function toState({ kind, words, state }: StepChange): State {
  switch (kind) {
    case 'before':
      return { tone: 'quiet', icon: 'diff-removed', text: t('only before'), badge: '' };
    case 'after':
      return { tone: 'ok', icon: 'diff-added', text: t('only after'), badge: '' };
    case 'changed':
      return { ...toChanged(state), badge: toBadge(words) };
    case 'reused':
      return { tone: 'reused', icon: 'history', text: t('same, reused'), badge: '' };
    case 'slower':
      return { tone: 'maybe', icon: 'watch', text: t('same, slower'), badge: '' };
    case 'faster':
      return { tone: 'maybe', icon: 'zap', text: t('same, faster'), badge: '' };
    case 'same':
      return { tone: 'idle', icon: 'check', text: t('same'), badge: '' };
  }
}

/** That it failed in one run only says more than that it changed. */
function toChanged({ before, after }: StepChange['state']): Omit<State, 'badge'> {
  const isFailed = (before === 'failed') !== (after === 'failed') && before !== null && after !== null;
  if (!isFailed) return { tone: 'due', icon: 'diff-modified', text: t('changed') };
  const text = toPairText({ before: toStateWord(before), after: toStateWord(after) });
  return after === 'failed' ? { tone: 'bad', icon: 'error', text } : { tone: 'ok', icon: 'pass', text };
}

function toBadge(words: readonly string[]): string {
  const more = words.length - MOST_WORDS;
  const shown = words.slice(0, MOST_WORDS).join(', ');
  return more > 0 ? t('{0} +{1}', shown, more) : shown;
}

/** `1.2 s → 3.4 s`, `1.2 s → reused`; once where both sides say the same. */
function toTimeText({ kind, took: { before, after } }: StepChange): string {
  if (kind === 'before' || kind === 'after') return toSideText(kind === 'before' ? before : after) ?? '';
  if (before === null && after === null) return '';
  return toPairText({ before: toSideText(before), after: toSideText(after) });
}

function toSideText(took: StepChange['took']['before']): string | null {
  if (took === null) return null;
  return took === 'reused' ? t('reused') : formatSeconds(took);
}

/** What a screen reader says after what stands on a box, and its tip: all words, then why, each reason once. */
function toNote({ kind, words, reasons, different, total }: StepChange): string {
  const count = total > 1 && different > 0 ? [t('{0} of {1} tasks differ', different, total)] : [];
  const all = kind === 'changed' && words.length > MOST_WORDS ? [words.join(', ')] : [];
  const told = new Set(reasons.map((reason) => shortenRunIds(toChangeMessage(reason))));
  return [...count, ...all, ...[...told].slice(0, MOST_REASONS)].join('; ');
}
