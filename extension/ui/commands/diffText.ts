import type { DiffDocument, DiffStep } from '../../../rde-agent/protocol/comparisons.ts';
import { toChangeMessage, toPlaceNote } from '../../../webviews/protocol/reasonTexts.ts';
import { toPlainText } from '../logText.ts';
import { toDuration } from '../texts.ts';

type Both = { readonly before: string | number | null; readonly after: string | number | null };

/** A comparison as text: what was given differently first, then step by step what that did. */
export function toDiffText(diff: DiffDocument): string {
  const { before, after } = diff;
  const lines = [
    `--- ${before.workflow} ${before.run}, ${before.state}, ${toDuration(before.seconds)}`,
    `+++ ${after.workflow} ${after.run}, ${after.state}, ${toDuration(after.seconds)}`,
    '',
    diff.equal
      ? 'Nothing differs but times and decisions.'
      : `${diff.steps.filter((step) => !step.equal).length} of ${diff.steps.length} steps differ.`,
    ...section(
      'Parameters',
      diff.params.map((param) => toLine(param.name, param)),
    ),
    ...section(
      'Environments',
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
  const where = step.in === 'both' ? '' : step.in === 'before' ? ' (gone)' : ' (new)';
  return `@@ ${step.step} · ${step.module ?? step.dataset ?? step.workflow ?? ''}${where}`;
}

function toStepLines({ reasons, outputs, metrics, state }: DiffStep): readonly string[] {
  return [
    ...reasons.map((reason) => `because ${toChangeMessage(reason)}${toPlaceNote(reason)}`),
    ...(state.before === state.after ? [] : [toLine('state', state)]),
    ...outputs.flatMap(({ name, equal, rows, columns = [] }) => [
      ...(equal === true ? [] : [`output ${name} has other content`]),
      ...(rows === undefined || rows.before === rows.after ? [] : [toLine(`output ${name}, rows`, rows)]),
      ...columns.map(({ column, change, before, after }) =>
        toLine(`output ${name}, column ${column} ${change}`, { before: before ?? null, after: after ?? null }),
      ),
    ]),
    ...metrics.map((metric) => toLine(metric.name, metric)),
  ];
}

function toLine(what: string, { before, after }: Both): string {
  return before === null && after === null ? what : `${what}: ${before ?? 'none'} → ${after ?? 'none'}`;
}
