import * as vscode from 'vscode';
import type { PlanDocument } from '../../../rde-agent/protocol/documents.ts';
import type { Reason } from '../../../rde-agent/protocol/reason.ts';
import type { TaskView } from '../../../rde-agent/protocol/taskView.ts';
import type { PlanStatus } from '../../../webviews/protocol/planStatus.ts';
import { toChangeMessage, toPlaceNote } from '../../../webviews/protocol/reasonTexts.ts';
import { toPlainText } from '../logText.ts';
import { toDuration } from '../texts.ts';

const LONGEST = 140;
/** seconds below which nobody wants to be told of them */
const WORTH_TELLING = 0.05;

export type Decision = 'reuse' | 'run' | 'perhaps';

export function toDecision({ total, hits, misses }: PlanStatus): Decision {
  return hits === total ? 'reuse' : misses > 0 ? 'run' : 'perhaps';
}

/** `reuse · saves 12 s`, `will run: helpers.scale changed (helpers.py:12) · about 12 s`, `perhaps: reused if clean gives the same content again`. */
export function toDecisionText(status: PlanStatus): string {
  const [first] = status.reasons;
  const decision = toDecision(status);
  if (decision === 'reuse' || first === undefined) return toDecisionHead(status);
  if (decision === 'perhaps') return first.kind === 'condition' ? toReasonText(first) : `${toDecisionHead(status)}: ${toReasonText(first)}`;
  return `${toWhatRuns(status)}: ${toReasonText(first)}${toAbout(status.predictedSeconds)}`;
}

/** The same without the reason. */
export function toDecisionHead(status: PlanStatus): string {
  switch (toDecision(status)) {
    case 'reuse':
      return isWorthTelling(status.savedSeconds)
        ? vscode.l10n.t('reuse · saves {0}', toDuration(status.savedSeconds))
        : vscode.l10n.t('reuse');
    case 'run':
      return toWhatRuns(status) + toAbout(status.predictedSeconds);
    case 'perhaps':
      return vscode.l10n.t('perhaps');
  }
}

function toWhatRuns({ total, misses }: PlanStatus): string {
  return total === 1 ? vscode.l10n.t('will run') : vscode.l10n.t('{0} of {1} will run', misses, total);
}

/** The whole of a plan in one line: `3 of 5 reused, saves 12 s · 2 will run, about 3 s`. */
export function toTotalText({ steps, saved, predictedSeconds }: PlanDocument): string {
  const hits = steps.filter((step) => step.decision === 'hit').length;
  const saves = isWorthTelling(saved) ? vscode.l10n.t(', saves {0}', toDuration(saved)) : '';
  if (hits === steps.length) return vscode.l10n.t('all {0} reused{1}', hits, saves);
  const reused = hits === 0 ? '' : `${vscode.l10n.t('{0} of {1} reused{2}', hits, steps.length, saves)} · `;
  const misses = steps.filter((step) => step.decision === 'miss').length;
  const rest = steps.length - hits - misses;
  const open = rest === 0 ? '' : ` · ${vscode.l10n.t('{0} perhaps', rest)}`;
  return `${reused}${vscode.l10n.t('{0} will run', misses)}${toAbout(predictedSeconds)}${open}`;
}

/** `last run: executed in 2.0 s: helpers.scale changed (helpers.py:12)`; `undefined` = not decided. */
export function toLastRunText({ decision, state, seconds, saved, reasons }: TaskView): string | undefined {
  const [first] = reasons;
  const because = first === undefined ? '' : `: ${toReasonText(first)}`;
  if (decision === null) return undefined;
  if (state === 'running') return vscode.l10n.t('running{0}', because);
  if (decision === 'reused') return vscode.l10n.t('last run: reused, saved {0}', toDuration(saved));
  return vscode.l10n.t(
    'last run: {0} in {1}{2}',
    state === 'failed' ? vscode.l10n.t('failed') : vscode.l10n.t('executed'),
    toDuration(seconds),
    because,
  );
}

/** `the constant RATE changed (helpers.py:12)` */
export function toReasonText(reason: Reason): string {
  const text = toPlainText(toChangeMessage(reason));
  return `${text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text}${toPlaceNote(reason)}`;
}

function toAbout(seconds: number): string {
  return isWorthTelling(seconds) ? ` · ${vscode.l10n.t('about {0}', toDuration(seconds))}` : '';
}

function isWorthTelling(seconds: number): boolean {
  return seconds >= WORTH_TELLING;
}
