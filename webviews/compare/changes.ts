import type { DiffDocument, DiffStep } from '../../rde-agent/protocol/comparisons.ts';
import { t } from '../protocol/words.ts';
import { formatNumber, formatSeconds } from '../shared/formatValues.ts';
import { toReasonWord } from './reasonWords.ts';

/** One metric of one step in both runs. */
export interface MetricChange {
  readonly step: string;
  readonly name: string;
  readonly before: number | null;
  readonly after: number | null;
}

export function toMetricChanges(diff: DiffDocument): readonly MetricChange[] {
  return diff.steps.flatMap(({ step, metrics }) => metrics.map((metric) => ({ step, ...metric })));
}

/** `+0.02 (+4 %)`; of a value that is new or gone nothing can be said. */
export function toDelta({ before, after }: Pick<MetricChange, 'before' | 'after'>): string {
  if (before === null || after === null) return '';
  const delta = after - before;
  const share = before === 0 ? '' : ` (${toSigned((100 * delta) / Math.abs(before))} %)`;
  return `${toSigned(delta)}${share}`;
}

function toSigned(value: number): string {
  const rounded = Number(value.toPrecision(3));
  return `${rounded > 0 ? '+' : rounded < 0 ? '−' : '±'}${formatNumber(Math.abs(rounded))}`;
}

/** `+1.2 s`, `−40 ms`; empty where it did not run in both, or took the same as far as it is shown. */
export function toTimeDelta({ seconds, decision }: DiffStep): string {
  const { before, after } = seconds;
  if (before === null || after === null || decision.before !== 'executed' || decision.after !== 'executed') return '';
  if (formatSeconds(before) === formatSeconds(after)) return '';
  return `${after > before ? '+' : '−'}${formatSeconds(Math.abs(after - before))}`;
}

/** What differs of a step, in a word each, most telling first: code, inputs, parameters, results. */
export function toChangeWords(step: DiffStep): readonly string[] {
  return [...new Set([...toCauseWords(step), ...toEffectWords(step)])];
}

/** What it was given differently. */
export function toCauseWords({ in: place, reasons }: DiffStep): readonly string[] {
  if (place !== 'both') return [place === 'before' ? t('gone') : t('new')];
  return reasons.map((reason) => toReasonWord(reason.kind));
}

/** What it gave differently; nothing of a step that one run does not have. */
export function toEffectWords({ in: place, outputs, metrics, state }: DiffStep): readonly string[] {
  if (place !== 'both') return [];
  return [
    ...(outputs.some((output) => !output.equal) ? [t('result')] : []),
    ...(metrics.length > 0 ? [t('metrics')] : []),
    ...(state.before === state.after ? [] : [t('state')]),
  ];
}

/** `succeeded`, `failed → succeeded`; `–` = it is not in that run. */
export function toPairText(pair: { readonly before: string | null; readonly after: string | null }): string {
  const [before, after] = [pair.before ?? '–', pair.after ?? '–'];
  return before === after ? after : `${before} → ${after}`;
}

/** One line about the whole. */
export function toSummary(diff: DiffDocument): string {
  if (diff.equal) return t('Nothing differs but times and decisions.');
  const different = diff.steps.filter((step) => !step.equal).length;
  const total = diff.steps.length;
  return total === 1 ? t('{0} of {1} step differs.', different, total) : t('{0} of {1} steps differ.', different, total);
}
