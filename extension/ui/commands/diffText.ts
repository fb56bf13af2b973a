import type { DiffDocument, DiffStep } from '../../../rde-agent/protocol/comparisons.ts';
import { toChangeMessage, toPlaceNote } from '../../../webviews/protocol/reasonTexts.ts';
import { toPlainText } from '../logText.ts';
import { toDuration } from '../texts.ts';
import { t } from '../../../webviews/protocol/words.ts';

type Both = { readonly before: string | number | null; readonly after: string | number | null };

/** A comparison as text: what was given differently first, then step by step what that did. */
export function toDiffText(diff: DiffDocument): string {
  const { before, after } = diff;
  const lines = [
    `--- ${before.workflow} ${before.run}, ${before.state}, ${toDuration(before.seconds)}`,
    `+++ ${after.workflow} ${after.run}, ${after.state}, ${toDuration(after.seconds)}`,
    '',
    diff.equal
      ? t('Nothing differs but times and decisions.')
      : t('{0} of {1} steps differ.', diff.steps.filter((step) => !step.equal).length, diff.steps.length),
    ...section(
      t('Parameters'),
      diff.params.map((param) => toLine(param.name, param)),
    ),
    ...section(
      t('Environments'),
      diff.environments.map((one) => toLine([one.environment, one.kind, one.name ?? ''].join(' ').trim(), one)),
    ),
    ...diff.steps.filter((step) => !step.equal).flatMap((step) => section(toHead(step), toStepLines(step))),
  ];
  return `${lines.map(toPlainText).join('\n')}\n`;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', title, ...lines.map((line) => `  ${line}`)];
}

function toHead(step: DiffStep): string {
  const where = step.in === 'both' ? '' : step.in === 'before' ? ` (${t('gone')})` : ` (${t('new')})`;
  return `@@ ${step.step} · ${step.module ?? step.dataset ?? step.workflow ?? ''}${where}`;
}

function toStepLines({ reasons, outputs, metrics, state }: DiffStep): readonly string[] {
  return [
    ...reasons.map((reason) => t('because {0}', `${toChangeMessage(reason)}${toPlaceNote(reason)}`)),
    ...(state.before === state.after ? [] : [toLine(t('state'), state)]),
    ...outputs.flatMap(({ name, equal, rows, columns = [] }) => [
      ...(equal === true ? [] : [t('output {0} has other content', name)]),
      ...(rows === undefined || rows.before === rows.after ? [] : [toLine(t('output {0}, rows', name), rows)]),
      ...columns.map(({ column, change, before, after }) =>
        toLine(t('output {0}, column {1} {2}', name, column, change), { before: before ?? null, after: after ?? null }),
      ),
    ]),
    ...metrics.map((metric) => toLine(metric.name, metric)),
  ];
}

function toLine(what: string, { before, after }: Both): string {
  return before === null && after === null ? what : `${what}: ${before ?? t('none')} → ${after ?? t('none')}`;
}
